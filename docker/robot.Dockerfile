# The robot: ROS 2 Jazzy from the distribution's packages, and beside it an environment with what the lock says.
# The base is pinned by tag; pin it by digest where a registry can be asked for one.
FROM ros:jazzy-ros-base-noble AS build
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        g++ make python3-dev python3-venv ros-jazzy-hri-msgs ros-jazzy-tf2-msgs \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/dolbom
COPY . .
RUN source /opt/ros/jazzy/setup.bash \
    && tools/make_uv /usr/bin/python3 \
    && tools/make_venv /usr/bin/python3 product \
    && tools/build_workspace \
    && bin/dolbom weights fetch \
    && rm -rf .build ros_ws/build ros_ws/log ~/.cache

FROM ros:jazzy-ros-core-noble
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        libgl1 libglib2.0-0t64 libharfbuzz-subset0 libpangoft2-1.0-0 procps \
        ros-jazzy-diagnostic-msgs ros-jazzy-hri-msgs ros-jazzy-launch-ros ros-jazzy-lifecycle-msgs ros-jazzy-nav-msgs \
        ros-jazzy-rmw-fastrtps-cpp ros-jazzy-sensor-msgs ros-jazzy-tf2-msgs ros-jazzy-visualization-msgs \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --groups video --create-home dolbom \
    && install --directory --owner dolbom --mode 0700 /var/lib/dolbom
COPY --from=build /opt/dolbom /opt/dolbom
ENV DOLBOM_HOME=/var/lib/dolbom LANG=C.UTF-8
USER 10001
WORKDIR /var/lib/dolbom
VOLUME /var/lib/dolbom
# Every process of the robot is there; `dolbom up` itself replaces one that dies or hangs.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["/opt/dolbom/docker/robot_is_healthy"]
# The base image's entry point sources ROS; bin/dolbom adds the project's environment.
ENTRYPOINT ["/ros_entrypoint.sh", "/opt/dolbom/bin/dolbom"]
CMD ["up"]
