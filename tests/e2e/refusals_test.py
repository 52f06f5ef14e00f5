"""Bad input is refused with a stable code and a way to mend it, and nothing else is lost."""

import json
import ssl
import unittest

from support import INCIDENT, ClusterTest, test_pan

REPORT_HEAD = "issuer,report_id,revision,action,pan,reported_at,fraud_type"
FILE_PATH = "/v1/incidents/leak-1/files/extract-1"


def report_row(issuer="card-a", report="R-1", pan=None, reported="2026-02-01T00:00:00Z"):
    return f"{issuer},{report},1,NEWF,{pan or test_pan(0, 1)},{reported},CNP_USE"


class RefusedFiles(ClusterTest):
    def assert_problem(self, answer, status, code):
        self.assertEqual(answer[0], status, answer)
        self.assertEqual(answer[1]["code"], code)
        self.assertTrue(answer[1]["detail"], "says what and where")
        self.assertIn("hint", answer[1], "says how to mend it")

    def test_unknown_column_of_an_exposed_file(self):
        answer = self.upload_csv(FILE_PATH, f"pan,expiry,chanel\n{test_pan(0, 1)},2027-01,web\n")
        self.assert_problem(answer, 422, "UNKNOWN_COLUMN")
        self.assertIn("chanel", answer[1]["detail"])

    def test_column_of_card_verification_values(self):
        answer = self.upload_csv(FILE_PATH, f"pan,expiry,cvv\n{test_pan(0, 1)},2027-01,123\n")
        self.assert_problem(answer, 422, "SENSITIVE_DATA")

    def test_missing_column(self):
        answer = self.upload_csv(FILE_PATH, f"pan,channel\n{test_pan(0, 1)},web\n")
        self.assert_problem(answer, 422, "MISSING_COLUMN")

    def test_file_that_the_incident_does_not_declare(self):
        answer = self.upload_csv("/v1/incidents/leak-1/files/other", "pan,expiry\n")
        self.assert_problem(answer, 404, "UNKNOWN_FILE")

    def test_unknown_incident(self):
        answer = self.upload_csv("/v1/incidents/nowhere/files/extract-1", "pan,expiry\n")
        self.assert_problem(answer, 404, "UNKNOWN_INCIDENT")

    def test_second_incident_with_the_same_id(self):
        other = dict(INCIDENT, name="Another leak under the same id")
        answer = self.request(
            "desk",
            "PUT",
            "/v1/incidents/leak-1",
            json.dumps(other),
            headers={"Content-Type": "application/json"},
        )
        self.assert_problem(answer, 409, "INCIDENT_EXISTS")

    def test_invalid_json(self):
        for service, method, path in (
            ("desk", "PUT", "/v1/incidents/leak-1"),
            ("intake", "POST", "/v1/reports"),
        ):
            answer = self.request(
                service, method, path, b'{"id": ', headers={"Content-Type": "application/json"}
            )
            self.assert_problem(answer, 400, "JSON_SYNTAX")

    def test_client_without_certificate(self):
        for service in ("intake", "desk", "notifier", "issuer"):
            with self.assertRaises((ssl.SSLError, ConnectionError), msg=service):
                self.request(service, "GET", "/v1/incidents", person=None)

    def test_principal_without_the_role(self):
        answer = self.request("intake", "POST", "/v1/reports", b"", person="auditor")
        self.assert_problem(answer, 403, "FORBIDDEN")

    def test_body_over_the_limit(self):
        body = b"x" * (2 << 20)
        answer = self.request(
            "desk",
            "PUT",
            "/v1/incidents/leak-1",
            body,
            headers={"Content-Type": "application/json"},
        )
        self.assert_problem(answer, 413, "BODY_TOO_LARGE")

    def test_unknown_route_and_method(self):
        self.assert_problem(self.request("desk", "GET", "/v1/nothing"), 404, "ROUTE_UNKNOWN")
        answer = self.request("desk", "DELETE", "/v1/incidents")
        self.assert_problem(answer, 405, "METHOD_NOT_ALLOWED")


class RefusedRows(ClusterTest):
    def refused(self, rows):
        text = REPORT_HEAD + "\n" + "".join(row + "\n" for row in rows)
        status, answer = self.upload_csv("/v1/reports", text, method="POST")
        codes = {error["line"]: error["code"] for error in answer.get("errors", [])}
        return status, answer.get("accepted"), codes

    def test_each_bad_report_is_listed_and_the_good_ones_count(self):
        pan = test_pan(0, 7)
        wrong_digit = pan[:-1] + str((int(pan[-1]) + 1) % 10)
        status, accepted, codes = self.refused(
            [
                report_row(report="G-1", pan=pan) + "",
                report_row(report="B-1", pan=wrong_digit),
                report_row(report="B-2", pan=pan[:11]),
                report_row(report="B-3", issuer="card-z"),
                report_row(report="B-4", reported="yesterday"),
                report_row(report="B-5", pan="41x1111111111111"),
                report_row(report="G-2", pan=test_pan(1, 8), issuer="card-b"),
                report_row(report="B-6", reported="1989-12-31T23:59:59Z"),
            ]
        )
        self.assertEqual(status, 202)
        self.assertEqual(accepted, 2)
        self.assertEqual(
            codes,
            {
                3: "PAN_LUHN",
                4: "PAN_LENGTH",
                5: "UNKNOWN_ISSUER",
                6: "TIMESTAMP_INVALID",
                7: "PAN_CHARACTERS",
                9: "TIMESTAMP_RANGE",
            },
        )

    def test_nothing_accepted_is_an_error(self):
        status, _, codes = self.refused([report_row(issuer="card-z")])
        self.assertEqual(status, 422)
        self.assertEqual(codes, {2: "UNKNOWN_ISSUER"})

    def test_issuer_reports_only_under_its_own_id(self):
        text = REPORT_HEAD + "\n" + report_row(issuer="card-b", report="X-1") + "\n"
        status, answer = self.upload_csv(
            "/v1/reports", text, method="POST", person="issuer-card-a"
        )
        self.assertEqual(status, 422)
        self.assertEqual(answer["errors"][0]["code"], "ISSUER_FORBIDDEN")

    def test_impossible_expiry_of_an_exposure_record(self):
        good = test_pan(0, 21)
        status, answer = self.upload_csv(
            FILE_PATH, f"pan,expiry,channel\n{good},2027-13,web\n{good},2027-12,web\n"
        )
        self.assertEqual(status, 202)
        self.assertEqual((answer["records"], answer["refused"]), (1, 1))
        self.assertEqual(answer["errors"][0]["code"], "EXPIRY_INVALID")
        self.assertEqual(answer["errors"][0]["line"], 2)
        self.assertNotIn(good, json.dumps(answer))


class RefusedOperations(ClusterTest):
    def test_other_content_under_a_loaded_name_is_refused_and_the_same_is_not_loaded_twice(self):
        rows = [(test_pan(0, 31), "2027-01", "web"), (test_pan(1, 32), "2027-02", "shop")]
        first = self.load_exposures("extract-1", rows)
        again = self.load_exposures("extract-1", rows)
        self.assertEqual(first["status"], "loaded")
        self.assertEqual(again["status"], "already_loaded")
        self.assertEqual(
            (again["records"], again["sha256"]), (first["records"], first["sha256"])
        )
        status, problem = self.upload_csv(
            FILE_PATH, f"pan,expiry,channel\n{test_pan(0, 33)},2027-01,web\n"
        )
        self.assertEqual((status, problem["code"]), (409, "FILE_CONTENT_DIFFERS"))

    def test_a_revision_needs_two_people(self):
        path = self.write_file(
            "rev.json", json.dumps({"predicate": {"attribute": "channel", "equals": "web"}})
        )
        proposal = self.cluster.ask("desk-a", "scope", "propose", "--incident", "leak-1", path)
        revision = str(proposal["revision"])
        alone = self.cluster.operate(
            "desk-a",
            *("scope", "approve", "--incident", "leak-1", "--revision", revision),
            check=False,
        )
        self.assertEqual(alone.returncode, 77, alone.stderr)
        self.cluster.operate(
            "desk-b", "scope", "approve", "--incident", "leak-1", "--revision", revision
        )
        twice = self.cluster.operate(
            "desk-b",
            *("scope", "approve", "--incident", "leak-1", "--revision", revision),
            check=False,
        )
        self.assertEqual(twice.returncode, 65)
        self.assertIn("SCOPE_STATE", twice.stderr)


if __name__ == "__main__":
    unittest.main()
