/** One experiment in many textures: the same meaning, written in every way that people write. */

const MIXED = `mline: 1
experiment: bloom
title: Blooms
use: [sklearn]

params:
  rate: {type: number, default: 0.5, minimum: 0}
  depth: 3

entities:
  table: {is: CsvTable, at: ./table.csv}
  tuning: {is: Accuracy, measures: fit.model, measured_on: split.valid}
  accuracy: Accuracy

services:
  db:
    image: postgres:17
    offers: {sql: 5432}

stages:
  split:
    is: Split
    takes: {table: table}
    gives: {train: CsvTable, valid: CsvTable, test: CsvTable}
    call: prepare:split
    with: {rate: $params.rate}
  fit:
    is: Train
    uses: [db]
    takes: {data: split.train}
    gives: {model: Model}
    with: {depth: $params.depth, rounds: 7}
    command: [fit, --db, $services.db.sql.url, $in.data]
  tune:
    takes: {model: fit.model, data: split.valid}
    gives: {value: tuning}
    run: |
      score "$IN_MODEL" > "$OUT_VALUE"
  score:
    is: Evaluate
    takes: {model: fit.model, data: split.test}
    gives: {value: accuracy}
    after: [tune]
    call: train:score
  ship:
    when: accuracy >= 0.9 and params.depth < 9
    takes: {models: [fit.model]}
    call: ship:now

tests:
  smoke: {with: {depth: 2}, expect: [accuracy >= 0.8]}

release: {gate: [accuracy >= 0.9]}
`;

const BLOCK = `mline: 1
experiment: bloom
title: Blooms
use:
- sklearn
params:
  rate:
    type: number
    default: 0.5
    minimum: 0
  depth: 3
entities:
  table:
    is: CsvTable
    at: ./table.csv
  tuning:
    is: Accuracy
    measures: fit.model
    measured_on: split.valid
  accuracy: Accuracy
services:
  db:
    image: postgres:17
    offers:
      sql: 5432
stages:
  split:
    is: Split
    takes:
      table: table
    gives:
      train: CsvTable
      valid: CsvTable
      test: CsvTable
    call: prepare:split
    with:
      rate: $params.rate
  fit:
    is: Train
    uses:
    - db
    takes:
      data: split.train
    gives:
      model: Model
    with:
      depth: $params.depth
      rounds: 7
    command:
      - fit
      - --db
      - $services.db.sql.url
      - $in.data
  tune:
    takes:
      model: fit.model
      data: split.valid
    gives:
      value: tuning
    run: |
      score "$IN_MODEL" > "$OUT_VALUE"
  score:
    is: Evaluate
    takes:
      model: fit.model
      data: split.test
    gives:
      value: accuracy
    after:
      - tune
    call: train:score
  ship:
    when: accuracy >= 0.9 and params.depth < 9
    takes:
      models:
        - fit.model
    call: ship:now
tests:
  smoke:
    with:
      depth: 2
    expect:
      - accuracy >= 0.8
release:
  gate:
    - accuracy >= 0.9
`;

const FLOW = `{mline: 1, experiment: bloom, title: Blooms, use: [sklearn],
 params: {rate: {type: number, default: 0.5, minimum: 0}, depth: 3},
 entities: {table: {is: CsvTable, at: ./table.csv},
   tuning: {is: Accuracy, measures: fit.model, measured_on: split.valid}, accuracy: Accuracy},
 services: {db: {image: 'postgres:17', offers: {sql: 5432}}},
 stages: {
   split: {is: Split, takes: {table: table}, gives: {train: CsvTable, valid: CsvTable, test: CsvTable}, call: prepare:split, with: {rate: $params.rate}},
   fit: {
     is: Train,   # flow with comments
     uses: [db],
     takes: {data: split.train}, gives: {model: Model},
     with: {depth: $params.depth, rounds: 7,},
     command: [fit, --db, $services.db.sql.url, $in.data],
   },
   tune: {takes: {model: fit.model, data: split.valid}, gives: {value: tuning}, run: "score \\"$IN_MODEL\\" > \\"$OUT_VALUE\\"\\n"},
   score: {is: Evaluate, takes: {model: fit.model, data: split.test}, gives: {value: accuracy}, after: [tune], call: train:score},
   ship: {when: accuracy >= 0.9 and params.depth < 9, takes: {models: [fit.model]}, call: ship:now}},
 tests: {smoke: {with: {depth: 2}, expect: [accuracy >= 0.8]}}, release: {gate: [accuracy >= 0.9]}}
`;

const COMMENTS = `# Head of the file.
mline: 1   # one
experiment: bloom   # two
title: Blooms
use: [sklearn]   # three

# Parameters.
params:   # four
  # Above rate.
  rate: {type: number, default: 0.5, minimum: 0}   # five
  depth: 3   # six
  # Below depth.

# Entities.
entities:   # seven
  table: {is: CsvTable, at: ./table.csv}   # eight
  tuning:   # nine
    # Inside tuning.
    is: Accuracy   # ten
    measures: fit.model   # eleven
    measured_on: split.valid   # twelve
  accuracy: Accuracy   # thirteen

services:
  # The database.
  db:   # fourteen
    image: postgres:17   # fifteen
    offers: {sql: 5432}   # sixteen

stages:   # seventeen
  # --- data ---
  split:   # eighteen
    is: Split   # nineteen
    takes: {table: table}   # twenty
    gives:   # twenty-one
      train: CsvTable   # twenty-two
      # Between outputs.
      valid: CsvTable
      test: CsvTable
    call: prepare:split
    with: {rate: $params.rate}

  # --- model ---
  fit:
    is: Train
    uses: [db]   # twenty-three
    takes: {data: split.train}   # twenty-four
    gives: {model: Model}
    with:   # twenty-five
      depth: $params.depth   # twenty-six
      rounds: 7
      # more: 8
    command:   # twenty-seven
      - fit
      - --db   # twenty-eight
      - $services.db.sql.url
      - $in.data
  tune:
    takes: {model: fit.model, data: split.valid}
    gives: {value: tuning}   # twenty-nine
    run: |   # thirty
      score "$IN_MODEL" > "$OUT_VALUE"
  # Above score.
  score:
    is: Evaluate
    takes: {model: fit.model, data: split.test}   # thirty-one
    gives: {value: accuracy}   # thirty-two
    after:
      # Why after.
      - tune   # thirty-three
    call: train:score
  ship:
    when: accuracy >= 0.9 and params.depth < 9   # thirty-four
    takes: {models: [fit.model]}
    call: ship:now
  # The end of stages.

tests:
  smoke: {with: {depth: 2}, expect: [accuracy >= 0.8]}   # thirty-five

release: {gate: [accuracy >= 0.9]}   # thirty-six
# Foot of the file.
`;

const QUOTED = MIXED.replace("  depth: 3", "  'depth': 3")
  .replace("  fit:\n", '  "fit":\n')
  .replaceAll("fit.model", "'fit.model'")
  .replace(
    "when: accuracy >= 0.9 and params.depth < 9",
    'when: "accuracy >= 0.9\\x20and params.depth < 9"',
  )
  .replace("data: split.train}", '"data": "split.train"}')
  .replace("title: Blooms", "title: 'Blooms'");

const FOLDED = MIXED.replace(
  "    when: accuracy >= 0.9 and params.depth < 9\n",
  "    when: >-\n      accuracy >= 0.9\n      and params.depth < 9\n",
)
  .replace(
    "title: Blooms",
    `title: Blooms\ndoc: >\n  A long text that goes on\n  over lines: and has # no comment.\n\n  ${"long ".repeat(60)}\n`,
  )
  .replace("    call: prepare:split\n", "    call: prepare:split\n    doc: |+\n      Kept.\n\n");

const UNICODE = MIXED.replace("title: Blooms", "title: Blüten 🌸 𝒳 — “blooms”")
  .replace("params:\n", "# 🌸🌸🌸\nparams:\n")
  .replace("call: prepare:split", "doc: '𝒳𝒴 🌸'\n    call: prepare:split");

const ANCHORS = MIXED.replace("rate: $params.rate}", "rate: &rate $params.rate}")
  .replace("rounds: 7}", "rounds: &n 7, again: *n}")
  .replace(
    "    takes: {model: fit.model, data: split.valid}\n",
    "    takes: &in {model: fit.model, data: split.valid}\n    labels: &labels {team: a}\n",
  )
  .replace("    after: [tune]\n", "    after: [tune]\n    labels: *labels\n");

const DEEP = MIXED.replace(/^( +)/gm, (spaces) => spaces.repeat(2));

/** Texture -> text. */
export const VALID: Readonly<Record<string, string>> = {
  mixed: MIXED,
  block: BLOCK,
  flow: FLOW,
  comments: COMMENTS,
  quoted: QUOTED,
  "folded and long": FOLDED,
  unicode: UNICODE,
  anchors: ANCHORS,
  "four columns": DEEP,
  CRLF: COMMENTS.replaceAll("\n", "\r\n"),
  "CRLF and block": BLOCK.replaceAll("\n", "\r\n"),
  BOM: `\ufeff${MIXED}`,
  "no final line break": COMMENTS.trimEnd(),
  "no final line break, block": BLOCK.trimEnd(),
  "document marks": `---\n${MIXED}...\n`,
};

/** Broken parts of which the rest must not care. */
export const BROKEN: Readonly<Record<string, string>> = {
  "unclosed list at the end": `${MIXED}broken: [1, 2\n`,
  "half a key": MIXED.replace("\nrelease:", "\n  half\n\nrelease:"),
  "a key twice": MIXED.replace("title: Blooms\n", "title: Blooms\ntitle: Again\n"),
  "unclosed quote at the end": `${COMMENTS}broken: "never closed\n`,
  "bad indentation": MIXED.replace("\nrelease:", "\n   odd: 1\n  other: 2\n\nrelease:"),
  "a tab": MIXED.replace("\nrelease:", "\nodd:\n\tx: 1\n\nrelease:"),
  "an alias to nothing": `${MIXED}broken: *nothing\n`,
  "a stage that is no map": MIXED.replace("\ntests:", "  odd: 12\n  odder:\n\ntests:"),
};
