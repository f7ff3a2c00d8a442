# Gazebo Harmonic for Jazzy without a screen: one world, its camera and its clock bridged to ROS 2.
# The base is pinned by tag; pin it by digest where a registry can be asked for one.
FROM ros:jazzy-ros-base-noble
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgl1-mesa-dri procps ros-jazzy-ros-gz \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home dolbom
COPY docker/simulate /usr/local/bin/simulate
ENV LANG=C.UTF-8 LIBGL_ALWAYS_SOFTWARE=1 WORLD=camera_sensor.sdf CAMERA_TOPIC=/camera
USER 10001
WORKDIR /home/dolbom
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["pgrep", "-f", "ros_gz_bridge"]
ENTRYPOINT ["/ros_entrypoint.sh"]
CMD ["simulate"]
