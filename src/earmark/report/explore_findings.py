"""What a survey of a collection shows, in sentences, each computed from it and left out where it says nothing.

Sentences about what to look out for come apart from the others: they tell of what would make a model's score mislead.
"""

from collections.abc import Callable, Sequence
from statistics import median

from earmark.catalog.survey import KEYS, Spread, Survey
from earmark.catalog.survey_tempo import FEWEST_FOR_A_MEDIAN
from earmark.report.collection_figures import FIELD_NAMES

FEW_TRACKS = 10
"""A label with fewer tracks leaves at most one or two for a test."""
_MANY_REPEATED = 0.25
_MANY_UNNAMED = 0.5
_MOST_NAMED = 4
_MOST_TITLES = 5


def about_labels(survey: Survey) -> list[str]:
    """How many tracks the labels have."""
    if not survey.labels:
        return ["No track has a label."]
    first, last = survey.labels[0], survey.labels[-1]
    labelled = survey.tracks - survey.unlabelled
    told = [f"{_many(len(survey.labels), 'label')} with {_many(labelled, 'track')}."]
    if first.tracks == last.tracks and len(survey.labels) > 1:
        told.append(f"All of them have the same number of tracks, {first.tracks}.")
    elif len(survey.labels) > 1:
        told.append(f"{first.label} is the largest with {first.tracks}, {last.label} the smallest with {last.tracks}.")
        share = first.tracks / labelled
        told.append(f"Whoever always guesses {first.label} is right for {_percent(share)} of them.")
    return told


def about_tempo(survey: Survey) -> list[str]:
    """How fast the music is."""
    return _about_spread(
        survey.bpm, what="tempo", least="slowest", most="fastest", show=lambda bpm: f"{bpm:.0f}\N{NO-BREAK SPACE}BPM"
    )


def about_length(survey: Survey) -> list[str]:
    """How long the tracks are."""
    return _about_spread(survey.seconds, what="length", least="shortest", most="longest", show=minutes)


def about_keys(survey: Survey) -> list[str]:
    """Which keys there are."""
    counts = survey.keys.counts
    known = sum(counts)
    if not known:
        return ["No track has a key."]
    top = max(range(len(KEYS)), key=lambda at: counts[at])
    told = [
        f"{KEYS[top].name} ({KEYS[top].camelot}) is the most frequent key: {counts[top]:,} of {known:,} tracks.",
        f"{_percent(minor_share(counts))} of the tracks are in a minor key.",
    ]
    shares = {label: minor_share(own) for label, own in survey.keys.by_label.items() if sum(own) >= FEW_TRACKS}
    if len(shares) > 1:
        low, high = min(shares, key=lambda one: shares[one]), max(shares, key=lambda one: shares[one])
        if shares[high] - shares[low] >= 0.1:
            told.append(
                f"The share is highest at {high} ({_percent(shares[high])}) and lowest at {low} "
                f"({_percent(shares[low])})."
            )
    return told


def about_time(survey: Survey) -> list[str]:
    """When the music came out."""
    released = survey.released
    if not released.periods:
        return ["No track has a release date."]
    first, last = released.periods[0], released.periods[-1]
    form = {"month": "%B %Y", "quarter": "%B %Y", "year": "%Y"}[released.unit]
    top = max(range(len(released.periods)), key=lambda at: released.counts[at])
    span = f"from {first:{form}} to {last:{form}}" if first != last else f"in {first:{form}}"
    begin = "that from " if released.unit == "quarter" else ""
    told = [f"The tracks were released {span}."]
    if first != last:
        told.append(
            f"The busiest {released.unit} was {begin}{released.periods[top]:{form}} with {released.counts[top]:,}."
        )
    if released.undated:
        told.append(f"{_many(released.undated, 'track')} without a release date {_is(released.undated)} not shown.")
    if released.year_only:
        told.append(
            f"{_many(released.year_only, 'track')} whose date is known by its year only "
            f"{_is(released.year_only)} not shown either."
        )
    return told


def about_artists(survey: Survey) -> list[str]:
    """Which artists the labels share."""
    shared = survey.shared
    if not shared.credited:
        return ["No track with a label has an artist."]
    told = [f"{_many(survey.artists, 'artist')} {_is(survey.artists)} credited."]
    if len(survey.labels) > 1:
        if shared.artists:
            top = shared.artists[0]
            told.append(
                f"{_many(len(shared.artists), 'of them', 'of them')} {_is(len(shared.artists))} on more than one "
                f"label; {top.name} is on {len(top.tracks)}."
            )
        else:
            told.append("Each of them is on one label only, so that a name alone gives its label away.")
    told.append(
        f"{_percent(shared.repeated / shared.credited)} of the tracks with an artist share one with another track of "
        "their label."
    )
    return told


def about_gaps(survey: Survey) -> list[str]:
    """What is missing."""
    gaps = sorted(((count, name) for name, count in survey.missing.counts.items() if count), reverse=True)
    if not gaps:
        return ["Every track has every value."]
    named = [f"{FIELD_NAMES[name]} ({count})" for count, name in gaps]
    return [f"Of {_many(survey.tracks, 'track')}, some lack a value: {_listed(named)}."]


def about_duplicates(survey: Survey) -> list[str]:
    """Which songs are there twice."""
    if not survey.duplicates:
        return ["No two tracks look like one song twice."]
    across = sum(one.across_labels for one in survey.duplicates)
    told = [f"{_many(len(survey.duplicates), 'song')} {_is(len(survey.duplicates))} likely there more than once."]
    if across and len(survey.duplicates) == 1:
        told.append("It is on several labels.")
    elif across:
        told.append(f"{_many(across, 'of them', 'of them')} {_is(across)} on several labels.")
    return told


def warnings(survey: Survey) -> list[str]:
    """What would make a model's score mislead, and what to do about it."""
    return [
        told
        for told in (
            _few_labels(survey),
            _few_tracks(survey),
            _unnamed_artists(survey),
            _repeated_artists(survey),
            _periods_apart(survey),
            _halved_tempo(survey),
            _duplicates_across(survey),
            _no_label(survey),
        )
        if told
    ]


def minor_share(counts: Sequence[int]) -> float:
    """Return the share of minor keys, 0 to 1.

    Args:
        counts: Tracks in each key, in Camelot order, at least one.
    """
    return sum(count for key, count in zip(KEYS, counts, strict=True) if key.mode == "minor") / sum(counts)


def minutes(seconds: float) -> str:
    """Return a length as minutes and seconds."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}\N{NO-BREAK SPACE}min"


def _about_spread(spread: Spread, *, what: str, least: str, most: str, show: Callable[[float], str]) -> list[str]:
    if not spread.values:
        return [f"No track has a {what}."]
    told = [f"The median {what} is {show(median(spread.values))}."]
    medians = {label: median(values) for label, values in spread.by_label.items() if len(values) >= FEWEST_FOR_A_MEDIAN}
    if len(medians) > 1:
        low, high = min(medians, key=lambda one: medians[one]), max(medians, key=lambda one: medians[one])
        if show(medians[low]) == show(medians[high]):
            told.append("The labels' medians are alike.")
        else:
            told.append(f"{low} is {least} at {show(medians[low])}, {high} {most} at {show(medians[high])}.")
    return told


def _few_labels(survey: Survey) -> str:
    if not survey.tracks or len(survey.labels) > 1:
        return ""
    told = "There is one label only" if survey.labels else "No track has a label"
    return (
        f"{told}, and a model needs at least two to tell apart. Scan more music, or name labels with earmark scan "
        "--csv."
    )


def _unnamed_artists(survey: Survey) -> str:
    """Without artists nothing keeps a song's maker out of training and test at once."""
    unnamed = survey.missing.counts["artists"]
    if unnamed <= _MANY_UNNAMED * survey.tracks:
        return ""
    return (
        f"{unnamed:,} of {_many(survey.tracks, 'track')} {_has(unnamed)} no artist. A split cannot keep artists apart "
        "whom nobody names, and a model may then learn them rather than labels. Complete the tags, or pass "
        "--csv to earmark scan."
    )


def _few_tracks(survey: Survey) -> str:
    few = [one.label for one in survey.labels if one.tracks < FEW_TRACKS]
    if not few:
        return ""
    return (
        f"{_many(len(few), 'label')} {_has(len(few))} fewer than {FEW_TRACKS} tracks ({_listed(few)}): too few to "
        "learn from and to test. Leave such labels out, or add tracks."
    )


def _repeated_artists(survey: Survey) -> str:
    shared = survey.shared
    if len(survey.labels) < 2 or shared.repeated <= _MANY_REPEATED * shared.credited:
        return ""
    return (
        f"{_percent(shared.repeated / shared.credited)} of the tracks with an artist share one with another track of "
        "their label. Under a random split by song, knowing the artists is then enough to do well without hearing "
        "anything; split by artist (the default) and look at the artist look-up beside every score."
    )


def _periods_apart(survey: Survey) -> str:
    """Labels whose releases lie apart in time: mastering and fashion of the years would tell them apart."""
    spans = {}
    for label, counts in survey.released.by_label.items():
        places = [place for place, count in enumerate(counts) if count]
        if sum(counts) >= FEW_TRACKS:
            spans[label] = (places[0], places[-1])
    names = list(spans)
    apart = [
        (one, other)
        for at, one in enumerate(names)
        for other in names[at + 1 :]
        if spans[one][1] < spans[other][0] or spans[other][1] < spans[one][0]
    ]
    if not apart:
        return ""
    one, other = apart[0]
    return (
        f"{one} and {other} released nothing in the same time"
        + (f", nor did {_many(len(apart) - 1, 'other pair')} of labels" if len(apart) > 1 else "")
        + ". A model may learn the years' sound rather than the labels'; compare labels of one time with --since and "
        "--until."
    )


def _halved_tempo(survey: Survey) -> str:
    off = survey.octave_errors
    if not off:
        return ""
    titles = [f"{one.track} ({one.bpm:.0f})" for one in off[:_MOST_TITLES]]
    more = f"; and {len(off) - _MOST_TITLES} more" if len(off) > _MOST_TITLES else ""
    return (
        f"{_many(len(off), 'track')} {_has(len(off))} a tempo of about half or double what is usual for the label: "
        f"{'; '.join(titles)}{more}. Such values are mostly misread, and mislead models that use the tempo; correct "
        "the tags or pass --csv to earmark scan."
    )


def _duplicates_across(survey: Survey) -> str:
    across = sum(one.across_labels for one in survey.duplicates)
    if not across:
        return ""
    return (
        f"{_many(across, 'song')} {_is(across)} likely on several labels at once, as on compilations. No model can "
        "tell such tracks apart, and a test may ask for what training has heard under another label."
    )


def _no_label(survey: Survey) -> str:
    if not survey.unlabelled or not survey.labels:
        return ""
    return f"{_many(survey.unlabelled, 'track')} {_has(survey.unlabelled)} no label, and no model learns from them."


def _many(count: int, one: str, several: str | None = None) -> str:
    """A count with its noun."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _has(count: int) -> str:
    return "has" if count == 1 else "have"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_MOST_NAMED])
    return f"{shown} and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else shown


def _percent(share: float) -> str:
    return f"{100 * share:.0f}\N{NO-BREAK SPACE}%"
