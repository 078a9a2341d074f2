"""The tables, as ordered steps that run once each, on both databases.

A step that has landed never changes: what comes later is a new step.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Literal

from tracker.store.interface import Writing

Dialect = Literal["sqlite", "postgresql"]

TEXT_COLUMN = re.compile(r"^( *\w+ text\b)", re.MULTILINE)


@dataclass(frozen=True)
class Step:
    """One change of the tables: statements separated by blank lines, in the dialect that both databases share.

    `{clustered}` marks tables that are stored in the order of their key: ids grow with time, so that new rows land on
    warm pages. PostgreSQL has no such tables. There, each column of texts is told to sort by bytes, as SQLite's do:
    ids sort by time only that way, and no order depends on the language of the machine.
    """

    number: int
    name: str
    sql: str

    def statements(self, dialect: Dialect) -> list[str]:
        text = self.sql.replace("{clustered}", "without rowid" if dialect == "sqlite" else "")
        if dialect == "postgresql":
            text = TEXT_COLUMN.sub(r'\1 collate "C"', text)
        return [part.strip() for part in text.split("\n\n") if part.strip()]


def take_steps(writing: Writing, dialect: Dialect) -> list[str]:
    """Take the steps that this database has not taken yet; their names."""
    writing.execute(
        "create table if not exists migrations (step integer primary key, name text not null, at bigint not null)"
    )
    taken = {row["step"] for row in writing.query("select step from migrations")}
    steps = [step for step in STEPS if step.number not in taken]
    for step in steps:
        for statement in step.statements(dialect):
            writing.execute(statement)
        writing.insert("migrations", ("step", "name", "at"), [(step.number, step.name, int(time.time()))])
    return [step.name for step in steps]


STEPS = [
    Step(
        1,
        "the tree, the visits, the gifts",
        """
create table sharers (
  id text primary key,
  parent text,
  kind text not null,
  name text,
  generation integer not null,
  created_at bigint not null
) {clustered}

create index sharers_parent on sharers (parent)

create table visits (
  id text primary key,
  sharer text,
  episode text,
  channel text,
  variant integer,
  at bigint not null,
  verdict text not null,
  rule text,
  seen_at bigint,
  visitor bigint,
  known text,
  source text
) {clustered}

create index visits_sharer_visitor on visits (sharer, visitor)

create index visits_at on visits (at)

create table floods (
  sharer text not null,
  minute bigint not null,
  count integer not null,
  primary key (sharer, minute)
) {clustered}

create table shares (
  id text primary key,
  sharer text not null,
  visit_id text,
  episode text,
  channel text,
  variant integer,
  at bigint not null
) {clustered}

create index shares_sharer_at on shares (sharer, at)

create table departures (
  id text primary key,
  visit_id text,
  target text not null,
  at bigint not null
) {clustered}

create table gifts (
  provider text not null,
  account text not null,
  payment text not null,
  entry text not null,
  kind text not null,
  amount bigint not null,
  currency text not null,
  visit_id text,
  livemode integer not null,
  at bigint not null,
  received_at bigint not null,
  primary key (provider, account, payment, entry)
)

create index gifts_at on gifts (at)

create table notices (
  id text primary key,
  provider text not null,
  at bigint not null,
  verdict text not null,
  detail text,
  payment text,
  body_hash text not null
) {clustered}

create table conversions (
  id text primary key,
  sharer text not null,
  visit_id text,
  kind text not null,
  reference text not null,
  at bigint not null,
  unique (kind, reference)
)

create index conversions_sharer_at on conversions (sharer, at)

create index conversions_visit on conversions (visit_id)

create table totals (
  sharer text not null,
  day text not null,
  episode text not null,
  channel text not null,
  visits integer not null,
  confirmed integer not null,
  shares integer not null,
  gifts integer not null,
  amount bigint not null,
  primary key (day, sharer, episode, channel)
) {clustered}

create index totals_sharer on totals (sharer)

create table salts (
  day bigint primary key,
  salt text not null
)

create table staff (
  name text primary key,
  role text not null,
  password text not null,
  created_at bigint not null
)

create table pseudonyms (
  sharer text primary key,
  name text not null,
  state text not null,
  asked_at bigint not null,
  judged_by text,
  judged_at bigint
)

create table choices (
  name text primary key,
  value text not null,
  changed_by text,
  changed_at bigint not null
)
""",
    ),
    Step(
        2,
        "what was noticed about a visit, and which rules judged it",
        """
alter table visits add column rules integer

alter table visits add column findings text
""",
    ),
    Step(
        3,
        "what platforms told of refunds, and what staff did to gifts by hand",
        """
create table told (
  provider text not null,
  account text not null,
  payment text not null,
  livemode integer not null,
  fact text not null,
  kind text not null,
  amount bigint not null,
  at bigint not null,
  primary key (provider, account, payment, livemode, fact)
) {clustered}

create table gift_deeds (
  id text primary key,
  deed text not null,
  provider text not null,
  account text not null,
  payment text not null,
  sharer text,
  amount bigint,
  note text,
  done_by text not null,
  at bigint not null
) {clustered}

create index gift_deeds_payment on gift_deeds (provider, account, payment)

create table bodies (
  notice text primary key,
  provider text not null,
  at bigint not null,
  body text not null
) {clustered}

alter table notices add column extract text

alter table gifts add column amount_hidden integer not null default 0

insert into told (provider, account, payment, livemode, fact, kind, amount, at)
select provider, account, payment, livemode, entry, 'refund', -amount, at from gifts where kind = 'refund'

update gifts set entry = 'test:' || entry where livemode = 0
""",
    ),
    Step(
        4,
        "how often somebody tried, by hash",
        """
create table tries (
  who text primary key,
  count integer not null,
  until bigint not null
) {clustered}
""",
    ),
    Step(
        5,
        "the leaderboard's usual spans, the campaign's days and whole branches, already added up",
        """
create table spans (
  span text primary key,
  since text not null,
  until text not null,
  settled text not null
) {clustered}

create table standings (
  span text not null,
  sharer text not null,
  visits integer not null,
  confirmed integer not null,
  shares integer not null,
  gifts integer not null,
  amount bigint not null,
  primary key (span, sharer)
) {clustered}

create index standings_visits on standings (span, visits desc, sharer) where visits > 0

create index standings_confirmed on standings (span, confirmed desc, sharer) where confirmed > 0

create index standings_shares on standings (span, shares desc, sharer) where shares > 0

create index standings_gifts on standings (span, gifts desc, sharer) where gifts > 0

create index standings_amount on standings (span, amount desc, sharer) where amount > 0

create table sums (
  day text not null,
  episode text not null,
  channel text not null,
  visits integer not null,
  confirmed integer not null,
  shares integer not null,
  gifts integer not null,
  amount bigint not null,
  brought integer not null,
  primary key (day, episode, channel)
) {clustered}

create table branches (
  sharer text primary key,
  sharers integer not null,
  confirmed integer not null,
  gifts integer not null,
  amount bigint not null
) {clustered}

create index branches_confirmed on branches (confirmed desc, sharer) where confirmed > 0

create table refreshed (
  what text primary key,
  at bigint not null,
  state text not null
) {clustered}

create index sharers_began on sharers (created_at) where kind = 'visit'
""",
    ),
    Step(
        6,
        "how far films were watched",
        """
create table films (
  visit_id text not null,
  episode text not null,
  quartile integer not null,
  at bigint not null,
  primary key (visit_id, episode)
) {clustered}

create index films_at on films (at)
""",
    ),
    Step(
        7,
        "new sharers are counted from an index alone",
        """
drop index sharers_began

create index sharers_kind_began on sharers (kind, created_at)
""",
    ),
    Step(
        8,
        "the share tree, so that a branch opens at once: what is below whom, largest first",
        """
drop table branches

delete from refreshed

create table branches (
  sharer text primary key,
  parent text not null,
  children integer not null,
  depth integer not null,
  sharers integer not null,
  confirmed integer not null,
  gifts integer not null,
  amount bigint not null
) {clustered}

create index branches_confirmed on branches (confirmed desc, sharer) where confirmed > 0

create index branches_below_confirmed on branches (parent, confirmed desc, sharer) where confirmed > 0

create index branches_below_sharers on branches (parent, sharers desc, sharer)

create index branches_below_amount on branches (parent, amount desc, sharer) where amount > 0
""",
    ),
    Step(
        9,
        "tables taken away, and tokens of those that programs read",
        """
create table exports (
  id text primary key,
  what text not null,
  format text not null,
  taken_by text not null,
  began_at bigint not null,
  told_at bigint not null,
  written bigint not null,
  expected bigint,
  state text not null
) {clustered}

create table api_tokens (
  id text primary key,
  name text not null,
  hash text not null unique,
  made_by text not null,
  made_at bigint not null,
  used_at bigint,
  revoked_by text,
  revoked_at bigint
) {clustered}
""",
    ),
    Step(
        10,
        "the weekly report: who wants it, and who has had it",
        """
create table subscribers (
  staff text primary key,
  address text not null,
  language text not null,
  consented_at bigint not null
) {clustered}

create table reports (
  week text not null,
  staff text not null,
  tries integer not null,
  claimed_at bigint not null,
  sent_at bigint,
  problem text,
  primary key (week, staff)
) {clustered}
""",
    ),
    Step(
        20,
        "orders that several gifts belong to, the forms that they came through, and by what each was credited",
        """
create table orders (
  provider text not null,
  account text not null,
  livemode integer not null,
  name text not null,
  visit_id text,
  form text,
  at bigint not null,
  primary key (provider, account, livemode, name)
) {clustered}

create table bills (
  provider text not null,
  account text not null,
  livemode integer not null,
  bill text not null,
  ordered text not null,
  primary key (provider, account, livemode, bill)
) {clustered}

create index bills_ordered on bills (ordered)

create table instalments (
  provider text not null,
  account text not null,
  livemode integer not null,
  payment text not null,
  bill text not null,
  amount bigint not null,
  currency text not null,
  at bigint not null,
  primary key (provider, account, livemode, payment)
) {clustered}

create index instalments_bill on instalments (bill)

create table forms (
  provider text not null,
  form text not null,
  sharer text not null,
  bound_by text not null,
  bound_at bigint not null,
  primary key (provider, form)
) {clustered}

alter table gifts add column form text

alter table gifts add column ordered text

create index gifts_form on gifts (form) where form is not null

create index gifts_ordered on gifts (ordered) where ordered is not null

alter table conversions add column means text
""",
    ),
    Step(
        60,
        "which texts are compared, what became of them, how they are dealt, which staff stopped",
        """
create table text_tests (
  episode text primary key,
  fingerprint text not null,
  variants integer not null,
  since bigint not null
) {clustered}

create table text_results (
  reward text not null,
  episode text not null,
  block bigint not null,
  variant integer not null,
  shares integer not null,
  people integer not null,
  won integer not null,
  brought integer not null,
  primary key (reward, episode, block, variant)
) {clustered}

create table text_weights (
  episode text not null,
  since bigint not null,
  weights text not null,
  primary key (episode, since)
) {clustered}

create table stopped_texts (
  episode text not null,
  variant integer not null,
  stopped_by text not null,
  at bigint not null,
  primary key (episode, variant)
) {clustered}
""",
    ),
    Step(
        61,
        "what a named link is: a poster, a newsletter; and its code, to type by hand",
        """
create table origins (
  sharer text primary key,
  sort text not null,
  code text not null unique,
  made_by text,
  made_at bigint not null
) {clustered}
""",
    ),
    Step(
        70,
        "the campaign's hours, and its days by generation and by placement",
        """
create table hours (
  day text not null,
  hour integer not null,
  episode text not null,
  channel text not null,
  confirmed integer not null,
  shares integer not null,
  gifts integer not null,
  amount bigint not null,
  brought integer not null,
  primary key (day, hour, episode, channel)
) {clustered}

create table generations (
  day text not null,
  generation integer not null,
  sharers integer not null,
  shares integer not null,
  confirmed integer not null,
  recruits integer not null,
  primary key (day, generation)
) {clustered}

create table journeys (
  day text not null,
  episode text not null,
  channel text not null,
  variant integer not null,
  visits integer not null,
  confirmed integer not null,
  came_back integer not null,
  refused integer not null,
  relayed integer not null,
  begun integer not null,
  finished integer not null,
  sharing integer not null,
  shares integer not null,
  recruits integer not null,
  gifts integer not null,
  amount bigint not null,
  primary key (day, episode, channel, variant)
) {clustered}

create table stops (
  day text not null,
  episode text not null,
  begun integer not null,
  quarter integer not null,
  half integer not null,
  most integer not null,
  whole integer not null,
  primary key (day, episode)
) {clustered}

create table cycles (
  day text not null,
  step integer not null,
  recruits integer not null,
  primary key (day, step)
) {clustered}
""",
    ),
    Step(
        71,
        "whole branches ranked by gifts and amount; new sharers by the way they came",
        """
create index branches_gifts on branches (gifts desc, sharer) where gifts > 0

create index branches_amount on branches (amount desc, sharer) where amount > 0

alter table journeys add column began integer not null default 0

delete from refreshed where what >= 'day:' and what < 'day;'
""",
    ),
    Step(
        75,
        "what lies on the way to each sharer, whole branches of channels and episodes, visits that do not count",
        """
create table ways (
  trail bigint primary key,
  ways text not null
) {clustered}

create table trails (
  sharer text primary key,
  trail bigint not null
) {clustered}

create table reaches (
  day text not null,
  what text not null,
  name text not null,
  variant integer not null,
  relays integer not null,
  confirmed integer not null,
  gifts integer not null,
  amount bigint not null,
  primary key (day, what, name, variant)
) {clustered}

create table uncounted (
  sharer text not null,
  day text not null,
  verdict text not null,
  visits integer not null,
  primary key (sharer, day, verdict)
) {clustered}

delete from refreshed where what >= 'day:' and what < 'day;'
""",
    ),
    Step(
        76,
        "the order of the most followed, with the visits of the newest days",
        """
alter table standings add column recent integer not null default 0

drop index standings_visits

create index standings_followed on standings (span, (visits + recent) desc, sharer) where visits + recent > 0

create index standings_recent on standings (span, sharer) where recent <> 0
""",
    ),
    Step(
        77,
        "whole branches over any days that somebody asked for, the best of them",
        """
create table branch_ranges (
  since text not null,
  until text not null,
  since_at bigint not null,
  until_at bigint not null,
  asked_at bigint not null,
  made_at bigint,
  primary key (since, until)
) {clustered}

create table range_branches (
  since text not null,
  until text not null,
  sharer text not null,
  relays integer not null,
  confirmed integer not null,
  gifts integer not null,
  amount bigint not null,
  primary key (since, until, sharer)
) {clustered}
""",
    ),
    Step(
        78,
        "what is below a sharer is read from an index alone; visits that do not count, of all days together",
        """
create index sharers_below on sharers (parent, id, generation)

drop index sharers_parent

create table uncounted_ever (
  sharer text not null,
  verdict text not null,
  visits integer not null,
  primary key (sharer, verdict)
) {clustered}

insert into uncounted_ever (sharer, verdict, visits)
select sharer, verdict, sum(visits) from uncounted group by sharer, verdict
""",
    ),
]
