"""How things are said in a chat, and asked. Two sets: "dev" to work with, "final" for the figure that is published.

{s} subject, {v} value, {old} the value before, {month} such as "May 2023", {year}, {day} such as "3 May 2023".
A phrase with {month} or {day} names when it became so; the others mean the day on which they are said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Ways to say one attribute."""

    first: tuple[str, ...]  #: nothing was known before
    changed: tuple[str, ...]
    ended: tuple[str, ...]
    back: tuple[str, ...] = ()  #: told late, of a year before anything that is known


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrasing:
    """One set."""

    told: Mapping[str, Told]
    concluded: Mapping[str, tuple[str, ...]]
    event_today: tuple[str, ...]
    event_yesterday: tuple[str, ...]
    event_on: tuple[str, ...]
    habit: tuple[str, ...]
    small_talk: tuple[str, ...]
    supposed: tuple[str, ...]  #: with {v}, a town; no fact about the speaker's home
    asked: Mapping[str, tuple[str, ...]]
    asked_then: Mapping[str, tuple[str, ...]]
    asked_before: Mapping[str, tuple[str, ...]]
    asked_events: tuple[str, ...]


DEV = Phrasing(
    told={
        "lives in": Told(
            first=("I live in {v}.", "My home is in {v}.", "I'm living in {v}."),
            changed=(
                "I moved to {v}.", "I live in {v} now.", "I moved from {old} to {v}.", "I moved to {v} in {month}.",
            ),
            ended=("I no longer live in {old}.", "I don't live in {old} any more."),
            back=("In {year} I lived in {v}.", "Back in {year} I lived in {v}."),
        ),
        "works at": Told(
            first=("I work at {v}.", "I work for {v}."),
            changed=(
                "I work at {v} now.", "I switched from {old} to {v}.", "I joined {v}.", "I started at {v} in {month}.",
            ),
            ended=("I quit my job at {old}.", "I no longer work at {old}.", "I stopped working at {old}."),
            back=("In {year} I worked at {v}.", "Back in {year} I worked for {v}."),
        ),
        "job": Told(
            first=("I'm a {v}.", "I work as a {v}.", "My job is {v}."),
            changed=("I work as a {v} now.", "I became a {v}.", "My job is {v} now."),
            ended=("I'm no longer a {old}.", "I don't work as a {old} any more."),
        ),
        "phone": Told(
            first=("My phone number is {v}.", "My number is {v}."),
            changed=(
                "My new phone number is {v}.", "My phone number changed from {old} to {v}.",
                "My phone number is {v} now.",
            ),
            ended=("My phone number is no longer {old}.",),
        ),
        "drives": Told(
            first=("I drive a {v}.", "My car is a {v}."),
            changed=("I drive a {v} now.", "I switched from a {old} to a {v}.", "I replaced my {old} with a {v}."),
            ended=("I no longer drive a {old}.", "I sold my {old}."),
        ),
        "favourite drink": Told(
            first=("My favourite drink is {v}.", "{v} is my favourite drink."),
            changed=(
                "My favourite drink is {v} now.", "My favourite drink changed from {old} to {v}.",
                "My new favourite drink is {v}.",
            ),
            ended=("My favourite drink is no longer {old}.",),
        ),
        "status": Told(
            first=("The status of {s} is {v}.", "{s} is {v}."),
            changed=(
                "The status of {s} is now {v}.", "The status of {s} changed from {old} to {v}.", "{s} is {v} now.",
            ),
            ended=("The status of {s} is no longer {old}.", "{s} is no longer {old}."),
        ),
        "deadline": Told(
            first=("The deadline of {s} is {v}.", "{s}'s deadline is {v}."),
            changed=(
                "The deadline of {s} is now {v}.", "The deadline of {s} changed from {old} to {v}.",
                "The deadline of {s} was moved to {v}.",
            ),
            ended=("The deadline of {s} is no longer {old}.",),
        ),
    },
    concluded={
        "commutes by": ("So I take {v} to work.",),
        "gets up at": ("That means I get up at {v}.",),
        "has breakfast at": ("So I have breakfast at {v}.",),
    },
    event_today=("Today I visited the {v}.", "I visited the {v} today."),
    event_yesterday=("Yesterday I visited the {v}.", "I went to the {v} yesterday."),
    event_on=("On {day} I visited the {v}.", "I visited the {v} on {day}."),
    habit=("I visit the {v} every {weekday}.", "Every {weekday} I go to the {v}."),
    small_talk=(
        "How was your week?", "It rained all day here.", "That sounds great!", "Did you sleep well?",
        "I was quite tired this morning.", "See you soon!",
    ),
    supposed=(
        "If I ever moved to {v}, I would buy a boat.", "Do you think I should move to {v}?",
        "I dreamed of a house in {v} last night.", "Maybe I'll visit my aunt in {v} some day.",
    ),
    asked={
        "lives in": ("Where does {s} live?", "In which town does {s} live now?"),
        "works at": ("Where does {s} work?", "Which company does {s} work at now?"),
        "job": ("What is the job of {s}?", "What does {s} work as?"),
        "phone": ("What is the phone number of {s}?",),
        "drives": ("Which car does {s} drive?", "What does {s} drive?"),
        "favourite drink": ("What is the favourite drink of {s}?", "What does {s} like to drink most?"),
        "status": ("What is the status of {s}?",),
        "deadline": ("What is the deadline of {s}?",),
        "commutes by": ("How does {s} commute?", "Which tram does {s} take to work?"),
        "gets up at": ("When does {s} get up?",),
        "has breakfast at": ("Where does {s} have breakfast?",),
    },
    asked_then={
        "lives in": ("Where did {s} live in {month}?",),
        "works at": ("Where did {s} work in {month}?",),
        "job": ("What was the job of {s} in {month}?",),
        "phone": ("What was the phone number of {s} in {month}?",),
        "drives": ("Which car did {s} drive in {month}?",),
        "favourite drink": ("What was the favourite drink of {s} in {month}?",),
        "status": ("What was the status of {s} in {month}?",),
        "deadline": ("What was the deadline of {s}, as it stood in {month}?",),
    },
    asked_before={
        "lives in": ("Where did {s} live before?",),
        "works at": ("Where did {s} work before?",),
        "job": ("What was the previous job of {s}?",),
        "phone": ("What was the previous phone number of {s}?",),
        "drives": ("Which car did {s} drive before?",),
        "favourite drink": ("What was the favourite drink of {s} before?",),
        "status": ("What was the previous status of {s}?",),
        "deadline": ("What was the previous deadline of {s}?",),
    },
    asked_events=("On which days did {s} visit the {v}?", "When did {s} visit the {v}?"),
)  # fmt: skip

FINAL = Phrasing(
    told={
        "lives in": Told(
            first=("I am based in {v}.", "I reside in {v}.", "My flat is in {v}.", "These days I live in {v}."),
            changed=(
                "I have moved to {v}.", "I relocated to {v}.", "I've been living in {v} since {month}.",
                "We moved from {old} to {v} last week.", "My new home is in {v}.",
            ),
            ended=("I am not living in {old} anymore.", "I moved out of {old}.", "I don't live in {old} any longer."),
            back=("I lived in {v} in {year}.", "In {year} my home was in {v}."),
        ),
        "works at": Told(
            first=("I am employed at {v}.", "My employer is {v}.", "I have a job at {v}."),
            changed=(
                "I started working at {v}.", "I changed jobs: I work for {v} now.", "I left {old} and joined {v}.",
                "I've been working at {v} since {month}.", "My new employer is {v}.",
            ),
            ended=("I resigned from {old}.", "I don't work at {old} anymore.", "I left my job at {old}."),
            back=("I worked at {v} in {year}.", "In {year} I was employed at {v}."),
        ),
        "job": Told(
            first=("I am a {v} by profession.", "My profession is {v}.", "I'm working as a {v}."),
            changed=("I have become a {v}.", "I now work as a {v}.", "I'm a {v} now."),
            ended=("I am not a {old} anymore.", "I stopped working as a {old}."),
        ),
        "phone": Told(
            first=("You can reach me at {v}.", "My phone is {v}.", "Here is my number: {v}."),
            changed=("My number changed to {v}.", "I have a new phone number: {v}.", "My new number is {v}."),
            ended=("My old number {old} does not work anymore.", "My phone number is not {old} anymore."),
        ),
        "drives": Told(
            first=("I own a {v}.", "I'm driving a {v}.", "I have a {v}."),
            changed=("I bought a {v} to replace my {old}.", "I now drive a {v}.", "My new car is a {v}."),
            ended=("I don't drive a {old} anymore.", "I got rid of my {old}."),
        ),
        "favourite drink": Told(
            first=("I like {v} best of all drinks.", "My drink of choice is {v}.", "My favourite drink is {v}."),
            changed=("These days my favourite drink is {v}.", "My new favourite drink is {v}."),
            ended=("My favourite drink is not {old} anymore.",),
        ),
        "status": Told(
            first=("{s} has the status {v}.", "The current status of {s} is {v}.", "{s}: status {v}."),
            changed=("{s} went from {old} to {v}.", "{s}'s status is {v} now.", "{s} has been {v} since {month}."),
            ended=("{s} is not {old} anymore.", "The status of {s} isn't {old} any longer."),
        ),
        "deadline": Told(
            first=("{s} is due on {v}.", "We set the deadline of {s} to {v}.", "{s} has a deadline of {v}."),
            changed=(
                "The new deadline of {s} is {v}.", "They moved the deadline of {s} from {old} to {v}.",
                "{s}'s deadline is {v} now.",
            ),
            ended=("{s} is not due on {old} anymore.", "The deadline of {s} is not {old} anymore."),
        ),
    },
    concluded={
        "commutes by": ("Which is why I ride {v} to the office.",),
        "gets up at": ("So my alarm rings at {v}.",),
        "has breakfast at": ("Hence I eat breakfast at {v}.",),
    },
    event_today=("I was at the {v} today.", "This morning I visited the {v}.", "We went to the {v} today."),
    event_yesterday=("I spent yesterday at the {v}.", "Yesterday we went to the {v}."),
    event_on=("I went to the {v} on {day}.", "On {day} we were at the {v}."),
    habit=("I usually visit the {v} on {weekday}s.", "On {weekday}s I always go to the {v}."),
    small_talk=(
        "What have you been up to?", "The trains were late again.", "Lovely to hear that.", "Have a nice evening!",
        "I could use a holiday.", "Same here.",
    ),
    supposed=(
        "Would you move to {v} if you could?", "I almost took a flat in {v}, but no.",
        "Suppose I lived in {v}, I'd swim every day.", "They say {v} is beautiful in spring.",
    ),
    asked={
        "lives in": ("What town does {s} live in?", "Where is the home of {s}?"),
        "works at": ("Who does {s} work for?", "Who is the employer of {s}?"),
        "job": ("What is {s}'s profession?", "What job does {s} have?"),
        "phone": ("How can I reach {s} by phone?", "What is {s}'s number?"),
        "drives": ("What car does {s} have?", "Which car is {s} driving?"),
        "favourite drink": ("What is {s}'s favourite drink?", "What does {s} like to drink best?"),
        "status": ("What status does {s} have?", "How is {s} going?"),
        "deadline": ("When is {s} due?", "Which deadline does {s} have?"),
        "commutes by": ("By which line does {s} commute?",),
        "gets up at": ("At what time does {s} get up?",),
        "has breakfast at": ("At which cafe does {s} have breakfast?",),
    },
    asked_then={
        "lives in": ("What town did {s} live in, in {month}?",),
        "works at": ("Who did {s} work for in {month}?",),
        "job": ("What was {s}'s profession in {month}?",),
        "phone": ("What was {s}'s number in {month}?",),
        "drives": ("What car did {s} have in {month}?",),
        "favourite drink": ("What was {s}'s favourite drink in {month}?",),
        "status": ("What status did {s} have in {month}?",),
        "deadline": ("Which deadline did {s} have, as of {month}?",),
    },
    asked_before={
        "lives in": ("What town did {s} live in previously?",),
        "works at": ("Who did {s} work for previously?",),
        "job": ("What was {s}'s profession previously?",),
        "phone": ("What was {s}'s number previously?",),
        "drives": ("What car did {s} have previously?",),
        "favourite drink": ("What was {s}'s favourite drink previously?",),
        "status": ("What status did {s} have previously?",),
        "deadline": ("Which deadline did {s} have previously?",),
    },
    asked_events=("On what dates was {s} at the {v}?", "When was {s} at the {v}?"),
)  # fmt: skip

SETS: Mapping[str, Phrasing] = {"dev": DEV, "final": FINAL}
