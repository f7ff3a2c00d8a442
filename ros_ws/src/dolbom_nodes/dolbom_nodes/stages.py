"""The stages of a distress as the message has them."""

from dolbom_msgs.msg import DistressState

from dolbom.safety.distress import Stage

STAGES: dict[Stage, int] = {
    Stage.CLEARED: DistressState.NONE,
    Stage.SUSPECTED: DistressState.SUSPECTED,
    Stage.ASKED: DistressState.ASKED,
    Stage.ASKED_AGAIN: DistressState.ASKED_AGAIN,
    Stage.RAISED: DistressState.RAISED,
    Stage.ACKNOWLEDGED: DistressState.ACKNOWLEDGED,
    Stage.CLOSED: DistressState.CLOSED,
    Stage.CANCELLED: DistressState.CANCELLED,
    Stage.STOOD_DOWN: DistressState.STOOD_DOWN,
}
STAGE_WORDS: dict[int, str] = {number: "none" if number == 0 else stage.value for stage, number in STAGES.items()}
"""Each stage's word; "none" when all is well."""
