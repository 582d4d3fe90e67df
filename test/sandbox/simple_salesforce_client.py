"""simple-salesforce, unmodified, against a sandbox: python simple_salesforce_client.py URL TOKEN."""

import datetime
import json
import sys

from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceResourceNotFound


def main(url, token):
    sf = Salesforce(instance_url=url, session_id=token)
    seen = {}
    account = sf.Account.create({"Name": "From Python"})
    seen["created"] = account["success"]
    seen["updated"] = sf.Account.update(account["id"], {"Website": "python.example"})
    seen["read"] = sf.Account.get(account["id"])["Website"]
    seen["upserted"] = sf.Account.upsert(f"Id/{account['id']}", {"Name": "Upserted"})
    seen["described"] = "Name" in [field["name"] for field in sf.Account.describe()["fields"]]
    seen["bulk"] = bulk(sf)
    seen["bulk2"] = bulk2(sf)
    names = sf.query_all_iter("SELECT Name FROM Account ORDER BY Name")
    seen["names"] = [record["Name"] for record in names]
    now = datetime.datetime.now(datetime.timezone.utc)
    day = datetime.timedelta(days=1)
    seen["updated_ids"] = len(sf.Account.updated(now - day, now + day)["ids"])
    seen["deleted"] = sf.Account.delete(account["id"])
    seen["refused"] = [
        refusal(SalesforceResourceNotFound, lambda: sf.Account.get(account["id"])),
        refusal(SalesforceMalformedRequest, lambda: sf.query("SELECT Nope FROM Account")),
    ]
    seen["limit"] = sf.limits()["DailyApiRequests"]["Max"] == sf.api_usage["api-usage"].total
    print(json.dumps(seen))


def bulk(sf):
    """Bulk API 1.0: what became of each row, and what a query finds."""
    rows = sf.bulk.Account.insert([{"Name": "Bulk"}, {"Website": "nameless.example"}])
    soql = "SELECT Name, CreatedDate FROM Account WHERE Name = 'Bulk'"
    found = sf.bulk.Account.query(soql)
    return [[row["success"] for row in rows], [type(row["CreatedDate"]).__name__ for row in found]]


def bulk2(sf):
    """Bulk API 2.0: a job with a failed row, and a query in pages."""
    [job] = sf.bulk2.Account.insert(records=[{"Name": "Bulk 2"}, {"Name": ""}], wait=0.1)
    records = sf.bulk2.Account.get_all_ingest_records(job["job_id"])
    counts = [len(records[kind]) for kind in ("successfulRecords", "failedRecords")]
    pages = list(sf.bulk2.Account.query("SELECT Id FROM Account", max_records=2, wait=0.1))
    return [job["numberRecordsFailed"], counts, len(pages)]


def refusal(kind, work):
    try:
        work()
    except kind as error:
        return [error.status, error.content[0]["errorCode"]]
    return None


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
