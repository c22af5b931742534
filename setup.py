"""Find the packages: `daemon/` is installed as `dofisac_daemon`, which setuptools cannot find under that name."""

from setuptools import find_packages, setup

setup(packages=[*find_packages(include=["dofisac_tui", "dofisac_tui.*"]), "dofisac_daemon"])
