"""What Google and Confluent tell about a resource once it is made, where the program goes on from it."""

from collections.abc import Mapping

_NUMBER = "123456789012"


def answers(kind: str, name: str, inputs: Mapping[str, object]) -> dict[str, object]:
    """Return the outputs of a resource beside its inputs."""
    called, project, account = inputs.get("name", name), inputs.get("project"), inputs.get("accountId")
    service = inputs.get("serviceConfig")
    agent = f"service-{_NUMBER}@gcp-sa-{str(inputs.get('service')).split('.')[0]}.iam.gserviceaccount.com"
    known: dict[str, dict[str, object]] = {
        "serviceaccount.Account": {
            "email": f"{account}@{project}.iam.gserviceaccount.com",
            "name": f"projects/{project}/serviceAccounts/{account}",
        },
        "redis.Instance": {"host": "10.20.0.3", "port": 6378, "authString": "auth", "serverCaCerts": [{"cert": "PEM"}]},
        "cloudfunctionsv2.Function": {
            "url": f"https://region.cloudfunctions.net/{called}",
            "serviceConfig": {**(service if isinstance(service, dict) else {}), "uri": f"https://{called}.a.run.app"},
        },
        "compute.BackendService": {"generatedId": 987654321},
        "projects.ServiceIdentity": {"email": agent, "member": f"serviceAccount:{agent}"},
        "secretmanager.SecretVersion": {
            "name": f"projects/{_NUMBER}/secrets/{name}/versions/1",
            "version": "1",
        },
        "index.KafkaCluster": {"bootstrapEndpoint": "SASL_SSL://kafka.example:9092", "rbacCrn": "crn://cluster"},
        "index.Environment": {"resourceName": f"crn://confluent.cloud/organization=o/environment={name}-id"},
        "index.PrivateLinkAttachment": {
            "dnsDomain": "europe-west1.gcp.private.confluent.cloud",
            "gcps": [{"privateServiceConnectServiceAttachment": "projects/c/regions/r/serviceAttachments/kafka"}],
        },
        "compute.Address": {"address": "198.51.100.7"},
        "compute.ForwardingRule": {"pscConnectionId": "12345"},
        "index.ApiKey": {"secret": "key-secret"},
    }
    return known.get(kind, {})
