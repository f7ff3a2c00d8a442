"""Games that a person and the robot play: data in `locale/<lang>/games`, one small class each, and their difficulty."""
