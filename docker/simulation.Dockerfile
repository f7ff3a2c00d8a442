# Gazebo Harmonic for Jazzy without a screen: the flat and the robot of sim/worlds, bridged to ROS 2 by the contract.
# The base is pinned by tag; pin it by digest where a registry can be asked for one.
FROM ros:jazzy-ros-base-noble
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgl1-mesa-dri procps ros-jazzy-robot-state-publisher ros-jazzy-ros-gz \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home dolbom
COPY docker/simulate /usr/local/bin/simulate
COPY sim/worlds /opt/dolbom/worlds
COPY ros_ws/src/dolbom_bringup/config/ros_gz_bridge.yaml ros_ws/src/dolbom_description/urdf/companion.urdf \
    ros_ws/src/dolbom_nodes/dolbom_nodes/harmonic_bumper.py /opt/dolbom/
ENV LANG=C.UTF-8 LIBGL_ALWAYS_SOFTWARE=1 WORLD=/opt/dolbom/worlds/home.sdf BRIDGE=/opt/dolbom/ros_gz_bridge.yaml \
    URDF=/opt/dolbom/companion.urdf
USER 10001
WORKDIR /home/dolbom
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["pgrep", "-f", "ros_gz_bridge"]
ENTRYPOINT ["/ros_entrypoint.sh"]
CMD ["simulate"]
