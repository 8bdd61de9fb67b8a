"""`coach transcribe`: what somebody said in an audio or video file."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from coach.cli.app import app, say
from coach.cli.critic_options import chosen_settings
from coach.cli.options import JsonOption
from coach.errors import UsageError
from coach.render.plain import one_line
from coach.render.transcripts import document, subtitles
from coach.speech.choice import RecogniserName, choose
from coach.speech.keywords import load_keywords

RecogniserOption = Annotated[
    RecogniserName,
    typer.Option("--recogniser", help="Which recogniser; auto takes the best that is configured."),
]
TranscriptionModelOption = Annotated[
    str | None,
    typer.Option(
        "--transcription-model",
        envvar="COACH_TRANSCRIPTION_MODEL",
        help="Model of the hosted or local recogniser; named, auto may send recordings to the service.",
    ),
]
MinutesOption = Annotated[
    float, typer.Option("--minutes", min=0.1, max=120, help="The longest recording to read, in minutes.")
]


@app.command("transcribe")
def transcribe_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An audio or video file.")],
    form: Annotated[
        Literal["text", "srt"], typer.Option("--format", help="Plain text or subtitles.")
    ] = "text",
    as_json: JsonOption = False,
    recogniser: RecogniserOption = "auto",
    model: TranscriptionModelOption = None,
    minutes: MinutesOption = 10.0,
) -> None:
    """Write down what is said in an audio or video file: as text, subtitles or JSON with word times.

    Example: coach transcribe answer.m4a --format srt
    """
    from coach.cli.review_screen import heard_in
    from coach.speech.decoding import DecodingLimits, decode

    if as_json and form != "text":
        raise UsageError("--json and --format exclude each other; give one")
    sound = decode(file, DecodingLimits(seconds=minutes * 60))
    notices = (sound.notice,) if sound.notice else ()
    chosen = choose(recogniser, chosen_settings(), model, load_keywords())
    if sound.notice:
        say(f"Notice: {sound.notice}")
    say(f"Recogniser {chosen.why}")
    transcript = heard_in(sound, chosen.recogniser)
    if not transcript.words:
        say("Notice: no speech was found in the recording")
    if as_json:
        typer.echo(document(transcript, notices).model_dump_json(indent=2))
    elif form == "srt":
        typer.echo(subtitles(transcript), nl=False)
    else:
        typer.echo(one_line(transcript.text))
