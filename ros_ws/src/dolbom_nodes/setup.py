"""Installs the nodes as an ament_python package; the core (dolbom) comes from the project's environment."""

from setuptools import find_packages, setup

setup(
    name="dolbom_nodes",
    version="0.1.0",
    packages=find_packages(),
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/dolbom_nodes"]),
        ("share/dolbom_nodes", ["package.xml"]),
    ],
    install_requires=["setuptools"],
    zip_safe=True,
    maintainer="dolbom maintainers",
    maintainer_email="maintainers@dolbom.example",
    description="The ROS 2 nodes of the dolbom companion runtime.",
    license="Apache-2.0",
    entry_points={"console_scripts": ["host = dolbom_nodes.host:main"]},
)
