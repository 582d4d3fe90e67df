"""The official Python client, unmodified, against a sandbox: python official_client.py URL TOKEN."""

import json
import sys

import hubspot
from hubspot.crm.associations.v4 import (
    AssociationSpec,
    BatchInputPublicAssociationMultiPost,
    BatchInputPublicFetchAssociationsBatchRequest,
    PublicAssociationMultiPost,
    PublicFetchAssociationsBatchRequest,
)
from hubspot.crm.associations.v4 import PublicObjectId
from hubspot.crm.deals import (
    ApiException,
    BatchInputSimplePublicObjectBatchInput,
    PublicObjectSearchRequest,
    SimplePublicObjectBatchInput,
    SimplePublicObjectInputForCreate,
)
from hubspot.crm.companies import SimplePublicObjectInputForCreate as CompanyInput
from hubspot.crm.properties import PropertyCreate


def main(url, token):
    client = hubspot.Client.create(access_token=token, host=url)
    seen = {}
    deal = client.crm.deals.basic_api.create(
        SimplePublicObjectInputForCreate(
            properties={"dealname": "From Python", "amount": "10", "pipeline": "default"},
            associations=[],
        )
    )
    other = client.crm.deals.basic_api.create(
        SimplePublicObjectInputForCreate(properties={"dealname": "Other"}, associations=[])
    )
    company = client.crm.companies.basic_api.create(
        CompanyInput(properties={"name": "Partner"}, associations=[])
    )
    found = client.crm.deals.search_api.do_search(
        PublicObjectSearchRequest(
            filter_groups=[
                {"filters": [{"propertyName": "dealname", "operator": "EQ", "value": "From Python"}]}
            ],
            properties=["amount"],
            limit=10,
        )
    )
    seen["search"] = [found.total, found.results[0].properties["amount"]]
    updated = client.crm.deals.batch_api.update(
        BatchInputSimplePublicObjectBatchInput(
            inputs=[
                SimplePublicObjectBatchInput(id=deal.id, properties={"amount": "20"}),
                SimplePublicObjectBatchInput(id="1", properties={"amount": "20"}),
            ]
        )
    )
    seen["batch"] = [len(updated.results), updated.num_errors, updated.errors[0].category]
    batch = client.crm.associations.v4.batch_api
    batch.create(
        "deals",
        "companies",
        BatchInputPublicAssociationMultiPost(
            inputs=[
                PublicAssociationMultiPost(
                    _from=PublicObjectId(id=deal.id),
                    to=PublicObjectId(id=company.id),
                    types=[
                        AssociationSpec(
                            association_category="HUBSPOT_DEFINED", association_type_id=341
                        )
                    ],
                )
            ]
        ),
    )
    pages = batch.get_page(
        "deals",
        "companies",
        BatchInputPublicFetchAssociationsBatchRequest(
            inputs=[
                PublicFetchAssociationsBatchRequest(id=deal.id),
                PublicFetchAssociationsBatchRequest(id=other.id),
            ]
        ),
    )
    seen["associated"] = [str(pages.results[0].to[0].to_object_id) == company.id, pages.num_errors]
    made = client.crm.properties.core_api.create(
        "deals",
        PropertyCreate(
            name="from_python",
            label="From Python",
            type="enumeration",
            field_type="select",
            group_name="dealinformation",
            options=[{"label": "A", "value": "a", "hidden": False, "displayOrder": 1}],
        ),
    )
    seen["property"] = made.options[0].value
    stages = client.crm.pipelines.pipelines_api.get_all("deals").results[0].stages
    seen["won"] = [s.metadata["probability"] for s in stages if s.metadata["isClosed"] == "true"]
    seen["all"] = len(client.crm.deals.get_all())
    seen["owners"] = len(client.crm.owners.owners_api.get_page().results)
    client.crm.deals.basic_api.archive(other.id)
    try:
        client.crm.deals.basic_api.get_by_id(other.id)
    except ApiException as error:
        seen["gone"] = [error.status, json.loads(error.body)["category"]]
    print(json.dumps(seen))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
