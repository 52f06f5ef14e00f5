"""Puts the case together, writes it, and lets the recount judge it before it is kept."""

import hashlib
import json
import pathlib
import random
import shutil
import tempfile

from case import batches, cards, clock, exposed, figures, history, recount, scope, yaml_text

ISSUER_IDS = cards.ISSUER_IDS
_OUTSIDERS = 600  # Cards of reports that are not in the file, and numbers for rows to be refused.


def write_case(options):
    """Writes the case to options.out_dir; returns a summary. SystemExit if a figure is wrong."""
    target = options.out_dir
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        definition = Maker(options, folder).make()
        case = recount.Case(folder, definition)
        _complete(definition, case)
        _check(definition, case)
        _write(folder / "case.json", json.dumps(definition, indent=1, ensure_ascii=False) + "\n")
        folder.chmod(0o755)
        if target.exists():
            target.rmdir()
        folder.rename(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return _summary(definition)


class Maker:
    """Writes all files but case.json below `folder`."""

    def __init__(self, options, folder):
        self._options = options
        self._folder = folder

    def make(self):
        definition = {"case": "alico-2009", "seed": self._options.seed,
                      "scale": self._options.scale, "incident": _incident(),
                      "issuers": issuer_records(self._options),
                      "scope": [dict(revision) for revision in scope.REVISIONS],
                      "exposures": [], "reports": [], "refused": [], "conflicts": []}
        self._write_control(definition)
        sizes, _ = exposed.zone_sizes(self._options.scale)
        pool = exposed.make_pool(self._rng("numbers"), sizes, _OUTSIDERS)
        all_cards = exposed.make_cards(self._rng("cards"), pool, self._options.scale)
        spare = self._rng("spare")
        self._write_exposures(definition, all_cards,
                              lambda: pool.take(spare.choice(ISSUER_IDS)))
        outsiders = [exposed.Card(pool.take(issuer), issuer, "", 0, expiry, expiry, [])
                     for _ in range(_OUTSIDERS // 2)
                     for issuer, expiry in [(spare.choice(ISSUER_IDS), 2010 * 12)]]
        self._write_reports(definition, all_cards, outsiders,
                            lambda: pool.take(spare.choice(ISSUER_IDS[:7])))
        definition["load_order"] = _load_order(definition)
        return definition

    def _rng(self, part):
        return random.Random(f"{self._options.seed}/{part}")

    def _write_control(self, definition):
        _write(self._folder / "incident.yaml", yaml_text.dump(definition["incident"]))
        definition["incident_path"] = "incident.yaml"
        definition["issuer_paths"] = []
        for issuer in definition["issuers"]:
            path = f"issuers/{issuer['id']}.yaml"
            _write(self._folder / path, yaml_text.dump(issuer))
            definition["issuer_paths"].append(path)
        for revision in definition["scope"]:
            path = f"scope/rev-{revision['revision']}.yaml"
            _write(self._folder / path, yaml_text.dump({"incident": "alico-2009", **revision}))
            revision["path"] = path

    def _write_exposures(self, definition, all_cards, spare_number):
        rng = self._rng("rows")
        rows_of_files = exposed.extract_rows(rng, all_cards)
        planted = exposed.plant_refused(rng, rows_of_files, spare_number)
        for index, (file, rows) in enumerate(zip(exposed.FILES, rows_of_files)):
            path = f"exposures/{file['name']}.csv"
            end = "\r\n" if index else "\n"
            text = end.join([",".join(file["columns"]), *rows]) + end
            refused = [entry[1:] for entry in planted if entry[0] == index]
            self._record(definition["exposures"], path, text, len(rows), len(refused),
                         name=file["name"], received_at=file["received_at"])
            _add_refused(definition, path, refused)

    def _write_reports(self, definition, all_cards, outsiders, spare_number):
        reports = history.History(
            self._rng("history"), history.Cards(self._rng("order"), all_cards, outsiders)).make()
        made, conflicts = batches.arrange(self._rng("batches"), reports, spare_number)
        definition["conflicts"] = conflicts
        paths = {}
        for number, batch in enumerate(batches.with_repeats(made), 1):
            path = f"reports/batch-{number:03d}.{batch.format}"
            text = batches.text(batch, wrapped=number % 2 == 0)
            extra = {"received_at": clock.utc(batch.received), "loaded_at": clock.utc(batch.loaded)}
            if id(batch.rows) in paths:
                extra["same_as"] = paths[id(batch.rows)]
            paths.setdefault(id(batch.rows), path)
            self._record(definition["reports"], path, text, len(batch.rows), len(batch.refused),
                         **extra)
            _add_refused(definition, path, batch.refused)

    def _record(self, files, path, text, rows, refused, **extra):
        data = text.encode()
        _write(self._folder / path, data)
        files.append({"path": path, **extra, "rows": rows, "accepted": rows - refused,
                      "refused": refused, "sha256": hashlib.sha256(data).hexdigest()})


def issuer_records(options):
    """The issuers as control records; with a feed section if there are keys."""
    result = []
    for issuer, _, ranges, _ in cards.ISSUERS:
        record = {"id": issuer, "version": 1, "name": f"Card {issuer[-1].upper()} (invented)",
                  "iin_ranges": ranges}
        if options.keys:
            record["feed"] = _feed(options, issuer)
        record["effective_at"] = "2009-07-13T00:00:00.000Z"
        result.append(record)
    return result


def _feed(options, issuer):
    path = options.keys / "issuers" / f"{issuer}.jwk"
    try:
        key = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise SystemExit(f"make-case: cannot read the key of {issuer}: {error}") from None
    return {"url": f"{options.feed_url_base.rstrip('/')}/{issuer}", "encryption_key": key,
            "signing_secret": issuer, "batch_max": 500, "allow_private_address": True}


def _incident():
    files = [{name: file[name] for name in ("name", "source", "at_risk_from", "at_risk_to")}
             for file in exposed.FILES]
    return {"id": "alico-2009", "version": 1, "name": "Card data of an insurer, 2009",
            "time_zone": "Asia/Tokyo", "state": "open", "since": figures.SINCE,
            "attributes": scope.ATTRIBUTES, "files": files,
            "effective_at": "2009-07-13T00:00:00.000Z"}


def _add_refused(definition, path, refused):
    definition["refused"] += [{"path": path, "line": line, "column": column or "", "code": code}
                              for line, column, code in refused]


def _load_order(definition):
    """Steps in the order in which a desk would have taken them."""
    steps = [(file["received_at"], "exposures", file["path"]) for file in definition["exposures"]]
    steps += [(file["loaded_at"], "reports", file["path"]) for file in definition["reports"]]
    steps += [(clock.utc(clock.parse(revision["effective_at"])), "scope", revision["path"])
              for revision in definition["scope"]]
    first = [{"step": "incident", "path": definition["incident_path"]}]
    first += [{"step": "issuer", "path": path} for path in definition["issuer_paths"]]
    return first + [{"step": step, "path": path} for _, step, path in sorted(steps)]


def _complete(definition, case):
    """Adds what the recount says of the finished files; _check then judges it."""
    for number, count in recount.scope_cards(case).items():
        definition["scope"][number - 1]["cards"] = count
    definition["distinct_cards"] = len(case.exposures)
    definition["watch"] = recount.watch(case)
    definition["figures"] = recorded = []
    for as_of, members, known_at, outcomes, published in figures.PUBLIC:
        name = f"published {as_of}: {published}"
        _add_figure(recorded, case, name, {"as_of": as_of}, members)
        for known in (None, known_at):
            query = {"as_of": as_of, "known_at": known, "by": ["outcome"]}
            expected = sorted(map(list, outcomes.items())) if known else None
            _add_figure(recorded, case, f"{as_of} by outcome, known at {known or 'any time'}",
                        query, members, expected)
    for name, query in figures.further_queries():
        _add_figure(recorded, case, name, query)


def _add_figure(recorded, case, name, query, public=None, rows=None):
    query = figures.complete(query)
    known_at = recount.read_instant(query["known_at"]) if query["known_at"] else None
    counted = recount.count(case, query)
    recorded.append({"name": name, "public": name.startswith("published"), "query": query,
                     "scope_revision": case.scope_at(known_at)[0], **counted})
    if public is not None and counted["figure"] != public:
        raise SystemExit(f"make-case: {name}: {counted['figure']} instead of {public}")
    if rows is not None and counted["rows"] != rows:
        raise SystemExit(f"make-case: {name}: {counted['rows']} instead of {rows}")


def _check(definition, case):
    """What was planned is what the recount found; SystemExit names the first difference."""
    found = recount.refused_differences(case)
    for revision in definition["scope"]:
        wanted = _wanted_scope(definition["scale"], revision["revision"])
        if revision["cards"] != wanted:
            found.append(f"scope {revision['revision']}: {revision['cards']} not {wanted} cards")
    valid = sum(case.valid_rows[file["path"]] for file in definition["exposures"])
    wanted = exposed.zone_sizes(definition["scale"])[1]
    if valid != wanted:
        found.append(f"{valid} valid records instead of {wanted}")
    conflicts = {(c["issuer"], c["report_id"], c["revision"]) for c in definition["conflicts"]}
    if conflicts != set(case.conflicts):
        found.append("the conflicting revisions differ")
    if found:
        raise SystemExit("make-case: " + "; ".join(found))


def _wanted_scope(scale, number):
    sizes, _ = exposed.zone_sizes(scale)
    zones = {1: ("A", "P1"), 2: ("A", "P1", "P2"), 3: ("A",), 4: ("A", "B")}[number]
    wanted = sum(sizes[zone] for zone in zones)
    if number >= 3 or scale == 1.0:
        assert wanted == figures.SCOPE_CARDS[number]
    return wanted


def _write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def _summary(definition):
    records = sum(file["accepted"] for file in definition["exposures"])
    rows = sum(file["rows"] for file in definition["reports"])
    lines = [f"{records} exposure records of {definition['distinct_cards']} cards, {rows} report "
             f"rows in {len(definition['reports'])} batches, {len(definition['refused'])} rows to "
             "be refused"]
    lines += [f"  {figure['name']}" for figure in definition["figures"] if figure["public"]]
    return "\n".join(lines)
