from __future__ import annotations

import numpy as np
import pytest

from workbench.frames.slots import SLOTS, SlotReader, SlotWriter


@pytest.fixture
def slots():
    writer = SlotWriter(64, 48)
    reader = SlotReader(writer.name)
    yield writer, reader
    reader.close()
    writer.close()


def picture(value: int) -> np.ndarray:
    return np.full((48, 64, 3), value, np.uint8)


def test_that_a_picture_crosses_with_all_its_bytes(slots):
    writer, reader = slots
    pixels = np.random.default_rng(1).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    told = writer.write(pixels, 60, 40)
    assert reader.copy(told) == pixels.tobytes()


def test_that_the_newest_pictures_are_there_and_an_old_one_is_said_to_be_gone(slots):
    writer, reader = slots
    told = [writer.write(picture(number), 64, 48) for number in range(SLOTS + 1)]
    assert reader.copy(told[0]) is None
    assert [reader.copy(one)[0] for one in told[1:]] == [1, 2, 3, 4]


def test_that_a_view_that_is_overwritten_meanwhile_is_noticed(slots):
    writer, reader = slots
    told = writer.write(picture(1), 64, 48)
    with reader.view(told) as view:
        assert view[0] == 1
        for number in range(SLOTS):
            writer.write(picture(9 + number), 64, 48)
        assert not reader.still_there(told)


def test_that_what_is_no_picture_of_its_size_is_refused(slots):
    writer, _ = slots
    with pytest.raises(ValueError, match="no picture"):
        writer.write(picture(0), 64, 47)
    with pytest.raises(ValueError, match="no picture"):
        writer.write(np.zeros((100, 100, 3), np.uint8), 100, 100)


def test_that_the_memory_of_a_writer_that_died_can_be_removed():
    writer = SlotWriter(8, 8)
    reader = SlotReader(writer.name)
    reader.discard()
    with pytest.raises(FileNotFoundError):
        SlotReader(writer.name)
    writer.close()
