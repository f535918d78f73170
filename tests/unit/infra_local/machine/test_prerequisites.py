from pathlib import Path

import pytest

from infra.local.errors import MissingPrerequisiteError
from infra.local.machine.prerequisites import find_emulator, find_java
from infra.local.settings import Settings


def java(home: Path, banner: str) -> Path:
    launcher = home / "bin" / "java"
    launcher.parent.mkdir(parents=True)
    launcher.write_text(f"#!/bin/sh\necho '{banner}' >&2\n")
    launcher.chmod(0o755)
    return launcher


@pytest.mark.parametrize(
    "banner", ['openjdk version "17.0.15" 2025-04-15', 'java version "21" 2023-09-19', '"x"\nversion "24-ea"']
)
def test_java_17_and_newer_will_do(tmp_path: Path, banner: str) -> None:
    launcher = java(tmp_path, banner)
    assert find_java(Settings(java_home=tmp_path)) == launcher


@pytest.mark.parametrize("banner", ['java version "1.8.0_411"', 'openjdk version "11.0.2"', "no idea"])
def test_an_older_java_is_named_with_the_remedy(tmp_path: Path, banner: str) -> None:
    java(tmp_path, banner)
    with pytest.raises(MissingPrerequisiteError, match=r"Java 17 or newer is missing: install it.*JAVA_HOME"):
        find_java(Settings(java_home=tmp_path))


def test_no_java_is_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingPrerequisiteError, match="Java 17"):
        find_java(Settings(java_home=None))


def test_of_several_emulators_the_last_by_name_is_taken(tmp_path: Path) -> None:
    folder = tmp_path / "platform" / "pubsub-emulator" / "lib"
    folder.mkdir(parents=True)
    for version in ("0.8.19", "0.8.20"):
        (folder / f"emulator-{version}.jar").touch()
    found = find_emulator("pubsub-emulator", "lib/emulator-*.jar", Settings(cloud_sdk_root=tmp_path))
    assert found.name == "emulator-0.8.20.jar"


def test_the_sdk_of_the_gcloud_on_the_path_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gcloud = tmp_path / "sdk" / "bin" / "gcloud"
    jar = tmp_path / "sdk" / "platform" / "some-emulator" / "some.jar"
    for file in (gcloud, jar):
        file.parent.mkdir(parents=True)
        file.touch(mode=0o755)
    (tmp_path / "gcloud").symlink_to(gcloud)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_emulator("some-emulator", "some.jar", Settings(cloud_sdk_root=None)) == jar


@pytest.mark.parametrize("component", ["pubsub-emulator", "cloud-firestore-emulator"])
def test_a_missing_emulator_is_named_with_the_remedy(tmp_path: Path, component: str) -> None:
    package = f"google-cloud-cli-{component.removeprefix('cloud-')}"
    with pytest.raises(MissingPrerequisiteError) as raised:
        find_emulator(component, "*.jar", Settings(cloud_sdk_root=tmp_path))
    sentence = str(raised.value)
    assert f"`gcloud components install {component}`" in sentence
    assert f"`apt-get install {package}`" in sentence
    assert "\n" not in sentence
