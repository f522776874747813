"""The words and looks that templates may ask for, and the language they come in."""

from flask import Flask
from flask_babel import Babel

from hub.web import house, sentences, texts

WORDS = (
    *(texts.language, texts.sound_name, texts.icon_of, texts.urgency_name, texts.title),
    *(texts.room_of, texts.minute, texts.moment, texts.utc_offset_s, texts.duration),
    *(
        texts.dated,
        texts.percent,
        texts.decibel,
        texts.milliseconds,
        texts.lamp_opacity,
        texts.lamp_share,
    ),
    *(sentences.sentence, sentences.ears, sentences.why, sentences.trouble),
    *(sentences.trouble_subject, sentences.also_heard, sentences.announcement),
    *(sentences.event_words, sentences.mark_words, sentences.lane_words),
    *(sentences.gap_words, sentences.gap_reason, sentences.untold, sentences.missed_sounds),
    *(house.tone_of, house.room_tone, house.bars, house.deaf_since_s),
)


def set_up(app: Flask) -> None:
    """Choose the language by the browser's wish; without a wish it is English."""
    Babel(app, default_locale="en", locale_selector=texts.choose_language)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update({word.__name__: word for word in WORDS})
