"""template.yaml: valid, deployable, and consistent with design and settings."""

import json
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.api.http.paths import SES_FEEDBACK
from functions.api.viewer import SITE_HEADER
from functions.mail.compose import UNSUBSCRIBE_PATH
from functions.service.policy import Policy
from functions.settings import Settings
from local.cloud.moto_aws import MotoAws
from local.cloud.stack import Stack, create_stack
from local.cloud.template import NOT_EMULATED, translate

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "template.yaml"
TOKEN = "ebk_AbCdEfGh_" + "x" * 43
PARAMETERS = {
    "StoreUri": "mongodb://user:secret@db.example.com/emailbuilder",
    "Sender": "Ada <ada@example.com>",
    "SesIdentity": "example.com",
    "PublicUrl": "https://mail.example.com",
    "TrackingKeys": "k1:0123456789abcdef",
    "ApiTokens": f"{TOKEN},another-token-0123456789",
}
NETWORK = {
    f"ec2:{verb}"
    for verb in ("CreateNetworkInterface", "DescribeNetworkInterfaces", "DeleteNetworkInterface")
}
NOTHING = {"Ref": "AWS::NoValue"}
QUEUES = {"SendQueue": "SendDeadLetters", "ResumeQueue": "ResumeDeadLetters"}

Resource = dict[str, Any]


@pytest.fixture(scope="session")
def resources() -> dict[str, Resource]:
    """The resources of the CloudFormation template that the SAM transform creates."""
    translated: dict[str, Resource] = translate(TEMPLATE, PARAMETERS, "eu-west-1")["Resources"]
    return translated


@pytest.fixture(scope="session")
def stack() -> Stack:
    """Once per process: its emulated account has no second stack of this name."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return create_stack(MotoAws(), TEMPLATE, "template-test", PARAMETERS, None)


def of_type(resources: dict[str, Resource], kind: str) -> dict[str, Resource]:
    return {n: r["Properties"] for n, r in resources.items() if r["Type"] == kind}


def statements(role: Resource) -> Iterator[dict[str, Any]]:
    for policy in role["Policies"]:
        document = policy.get("Fn::If", [None, policy])[1]
        yield from document["PolicyDocument"]["Statement"]


def listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_cfn_lint_finds_nothing() -> None:
    """Warnings count as faults."""
    lint = Path(sys.executable).with_name("cfn-lint")
    found = subprocess.run(
        [lint, "-r", "eu-west-1", "-t", TEMPLATE], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout + found.stderr


def test_sam_validates_the_template() -> None:
    """With the tool that deploys it, installed into its own environment if needed."""
    installed = subprocess.run(
        ["make", "--no-print-directory", "-f", "functions/artifacts.mk", "sam"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert installed.returncode == 0, installed.stderr
    sam = ROOT / ".venvs" / "sam" / "bin" / "sam"
    validate = [sam, "validate", "--lint", "--region", "eu-west-1", "-t", TEMPLATE]
    found = subprocess.run(
        ["env", "SAM_CLI_TELEMETRY=0", *map(str, validate)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr


def test_the_file_has_no_yaml_aliases() -> None:
    """CloudFormation reads none."""
    assert not re.search(r"(?m)[:\-\[,] [&*][a-z]", TEMPLATE.read_text(encoding="utf-8"))


def test_moto_creates_what_the_pipeline_is_made_of(stack: Stack) -> None:
    """Queues with redrive, four functions, two mappings, one schedule; no warning on the way."""
    assert set(stack.queue_urls) == set(QUEUES) | set(QUEUES.values())
    assert set(stack.functions) == {
        "ApiFunction",
        "SendEmailFunction",
        "ResumeLeadFunction",
        "SweepFunction",
    }
    sqs = MotoAws().session.client("sqs")
    for name, dead_name in QUEUES.items():
        found = sqs.get_queue_attributes(
            QueueUrl=stack.queue_urls[name], AttributeNames=["RedrivePolicy"]
        )
        redrive = json.loads(found["Attributes"]["RedrivePolicy"])
        dead_queue = stack.queue_urls[dead_name].rsplit("/", 1)[1]
        assert redrive["deadLetterTargetArn"].endswith(f":{dead_queue}")
    mapped = {
        mapping.function.logical_id: (mapping.queue_url, mapping.batch_size)
        for mapping in stack.mappings
    }
    assert mapped == {
        "SendEmailFunction": (stack.queue_urls["SendQueue"], 100),
        "ResumeLeadFunction": (stack.queue_urls["ResumeQueue"], 100),
    }
    assert all(mapping.reports_item_failures for mapping in stack.mappings)
    (schedule,) = stack.schedules
    assert (schedule.function.logical_id, schedule.expression) == (
        "SweepFunction",
        "rate(1 minute)",
    )


def test_the_settings_can_be_read_from_the_environment_of_every_function(stack: Stack) -> None:
    """The functions read what the template sets, and the times do not contradict each other."""
    for function in stack.functions.values():
        settings = Settings.read(function.environment)
        assert settings.store_uri.get_secret_value() == PARAMETERS["StoreUri"]
        assert settings.send_queue_url == stack.queue_urls["SendQueue"]
        assert settings.resume_queue_url == stack.queue_urls["ResumeQueue"]
        assert settings.send_dead_letters_url == stack.queue_urls["SendDeadLetters"]
        assert settings.resume_dead_letters_url == stack.queue_urls["ResumeDeadLetters"]
        assert settings.tracking_keys.get_secret_value() == PARAMETERS["TrackingKeys"]
        policy: Policy = settings.policy()
        assert (policy.from_name, policy.from_email) == ("Ada", "ada@example.com")
        assert (policy.sweep_seconds, policy.horizon_seconds) == (60, 120)


def test_only_the_api_function_knows_the_tokens(stack: Stack) -> None:
    """Least privilege: the other functions are not called from outside."""
    knowing = {n for n, it in stack.functions.items() if "API_TOKENS" in it.environment}
    assert knowing == {"ApiFunction"}
    tokens = Settings.read(stack.functions["ApiFunction"].environment).api_tokens
    assert tokens.names == ("ebk_AbCdEfGh", "unnamed")
    assert tokens.admit(TOKEN)


def test_only_functions_that_sign_mail_know_the_secrets(stack: Stack) -> None:
    """The API creates keys and sends tests; the other two never need a key."""
    knowing = {n for n, it in stack.functions.items() if "SECRET_KEYS" in it.environment}
    assert knowing == {"ApiFunction", "SendEmailFunction"}


def test_what_ses_reports_reaches_the_api(stack: Stack, resources: dict[str, Resource]) -> None:
    """Mail is sent with the configuration set that publishes to the topic that the API accepts and
    is subscribed to."""
    (configuration,) = of_type(resources, "AWS::SES::ConfigurationSet").values()
    assert configuration["Name"] == {"Fn::Sub": "${AWS::StackName}-feedback"}
    settings = Settings.read(stack.functions["ApiFunction"].environment)
    sends = Settings.read(stack.functions["SendEmailFunction"].environment)
    assert sends.ses_configuration_set == "template-test-feedback"
    (topic,) = settings.ses_topics
    assert "FeedbackTopic" in topic
    (destination,) = of_type(resources, "AWS::SES::ConfigurationSetEventDestination").values()
    published = destination["EventDestination"]
    assert destination["ConfigurationSetName"] == {"Ref": "ConfigurationSet"}
    assert sorted(published["MatchingEventTypes"]) == ["bounce", "complaint"]
    assert published["SnsDestination"] == {"TopicARN": {"Ref": "FeedbackTopic"}}
    (subscription,) = of_type(resources, "AWS::SNS::Subscription").values()
    assert subscription["TopicArn"] == {"Ref": "FeedbackTopic"}
    assert subscription["Protocol"] == "https"
    condition, of_domain, otherwise = subscription["Endpoint"]["Fn::If"]
    assert condition == "HasApiDomain"
    assert of_domain == {"Fn::Sub": f"https://${{ApiDomainName}}{SES_FEEDBACK}"}
    assert otherwise["Fn::Sub"].endswith(SES_FEEDBACK)
    (policy,) = of_type(resources, "AWS::SNS::TopicPolicy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "ses.amazonaws.com"}
    assert "AWS:SourceAccount" in statement["Condition"]["StringEquals"]
    for name, role in of_type(resources, "AWS::IAM::Role").items():
        named = [it["Resource"] for it in statements(role) if "ses:SendRawEmail" in it["Action"]]
        assert all("configuration-set/${AWS::StackName}-feedback" in str(it) for it in named), name


def test_every_setting_is_in_the_template(stack: Stack) -> None:
    """A person who deploys it could not find a setting that only the code knows."""
    read: set[str] = set()

    class Watched(dict[str, str]):
        def get(self, name: str, default: Any = None) -> Any:
            read.add(name)
            return super().get(name, default)

    for transport in ("ses", "smtp"):
        environment = dict(stack.functions["ApiFunction"].environment)
        environment |= {"MAIL_TRANSPORT": transport, "SMTP_URI": "smtp://localhost"}
        Settings.read(Watched(environment))
    given_by_lambda = {name for name in read if name.startswith("AWS_")}
    assert read - given_by_lambda == set(stack.functions["ApiFunction"].environment)


def test_visibility_is_six_times_the_timeout(resources: dict[str, Resource]) -> None:
    """With less, a batch would be delivered again while its function still works on it."""
    functions = of_type(resources, "AWS::Lambda::Function")
    for mapping in of_type(resources, "AWS::Lambda::EventSourceMapping").values():
        queue = resources[mapping["EventSourceArn"]["Fn::GetAtt"][0]]["Properties"]
        timeout_seconds = functions[mapping["FunctionName"]["Ref"]]["Timeout"]
        assert queue["VisibilityTimeout"] >= 6 * timeout_seconds


def test_poison_messages_end_as_dead_letters_that_are_kept(resources: dict[str, Resource]) -> None:
    """Deliveries are bounded, and dead letters are kept longer than the queue's messages."""
    queues = of_type(resources, "AWS::SQS::Queue")
    for name, dead_name in QUEUES.items():
        redrive = queues[name]["RedrivePolicy"]
        assert redrive["deadLetterTargetArn"] == {"Fn::GetAtt": [dead_name, "Arn"]}
        assert 2 <= redrive["maxReceiveCount"] <= 10
        kept, queue_keeps = (queues[q]["MessageRetentionPeriod"] for q in (dead_name, name))
        assert kept > queue_keeps


def test_mappings_report_failures_and_are_capped(resources: dict[str, Resource]) -> None:
    """Without the report, Lambda would take any response for success."""
    mappings = of_type(resources, "AWS::Lambda::EventSourceMapping")
    assert len(mappings) == 2
    for mapping in mappings.values():
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert mapping["BatchSize"] == 100
        assert mapping["MaximumBatchingWindowInSeconds"] >= 1
        assert "Ref" in mapping["ScalingConfig"]["MaximumConcurrency"]


def test_the_sweep_runs_alone_and_is_not_retried(resources: dict[str, Resource]) -> None:
    """The next tick comes in a minute anyhow."""
    sweep = resources["SweepFunction"]["Properties"]
    assert sweep["ReservedConcurrentExecutions"]["Fn::If"][1] == 1
    assert sweep["Timeout"] < 60
    (invoke,) = of_type(resources, "AWS::Lambda::EventInvokeConfig").values()
    assert invoke["FunctionName"] == {"Ref": "SweepFunction"}
    assert invoke["MaximumRetryAttempts"] == 0


def test_the_http_api_sends_every_route_to_the_api_function(resources: dict[str, Resource]) -> None:
    """A greedy route, any method, payload format 2.0; the function times out before the gateway."""
    (api,) = of_type(resources, "AWS::ApiGatewayV2::Api").values()
    assert set(api["Body"]["paths"]) == {"/", "/{proxy+}", UNSUBSCRIBE_PATH + "{token}"}
    for route in api["Body"]["paths"].values():
        (integration,) = [
            operation["x-amazon-apigateway-integration"]
            for method, operation in route.items()
            if method == "x-amazon-apigateway-any-method"
        ]
        assert "ApiFunction" in json.dumps(integration["uri"])
        assert integration["payloadFormatVersion"] == "2.0"
        assert integration["timeoutInMillis"] == 30_000
    assert resources["ApiFunction"]["Properties"]["Timeout"] < 30
    (stage,) = of_type(resources, "AWS::ApiGatewayV2::Stage").values()
    assert stage["StageName"] == "$default"


def test_unsubscribing_has_a_throttle_of_its_own(resources: dict[str, Resource]) -> None:
    """However many other requests there are; those have parameters."""
    (stage,) = of_type(resources, "AWS::ApiGatewayV2::Stage").values()
    assert stage["DefaultRouteSettings"] == {
        "ThrottlingRateLimit": {"Ref": "HttpRateMax"},
        "ThrottlingBurstLimit": {"Ref": "HttpBurstMax"},
    }
    ((route, settings),) = stage["RouteSettings"].items()
    assert route == f"ANY {UNSUBSCRIBE_PATH}{{token}}"
    assert settings["ThrottlingRateLimit"] >= 1000


def test_cloudfront_shows_the_key_that_the_api_knows(
    stack: Stack, resources: dict[str, Resource]
) -> None:
    """So that throttles and records of readers see their addresses, and not CloudFront's."""
    origins = resources["Site"]["Properties"]["DistributionConfig"]["Origins"]
    (shown,) = [it["OriginCustomHeaders"] for it in origins if it["Id"] == "api"]
    key = resources["ApiFunction"]["Properties"]["Environment"]["Variables"]["SITE_KEY"]
    assert [it["HeaderName"].lower() for it in shown] == [SITE_HEADER]
    assert [it["HeaderValue"] for it in shown] == [key]
    found = Settings.read(stack.functions["ApiFunction"].environment).site_key
    assert len(found.get_secret_value()) >= 32


def test_requests_are_logged_without_what_is_secret(resources: dict[str, Resource]) -> None:
    """As JSON, whatever a value is; a path may hold a reader's token, and a header anything."""
    (stage,) = of_type(resources, "AWS::ApiGatewayV2::Stage").values()
    logged = stage["AccessLogSettings"]
    assert logged["DestinationArn"] == {"Fn::GetAtt": ["HttpLog", "Arn"]}
    asked = set(re.findall(r"\$context\.([\w.]+)", logged["Format"]))
    assert {"status", "routeKey", "identity.sourceIp"} <= asked
    assert not {"path", "identity.userAgent", "authorizer.error"} & asked
    written = logged["Format"].replace("$context.status", "401")
    read = json.loads(re.sub(r"\$context\.[\w.]+", "-", written))
    assert read["status"] == 401


def test_api_leaves_room_for_the_other_functions(resources: dict[str, Resource]) -> None:
    """What they take is not reserved, so that none of them idles while another waits."""
    reserved = {
        name: function["ReservedConcurrentExecutions"]["Fn::If"]
        for name, function in of_type(resources, "AWS::Lambda::Function").items()
        if "ReservedConcurrentExecutions" in function
    }
    assert reserved == {
        "ApiFunction": ["ReservesApi", {"Ref": "ApiConcurrencyMax"}, NOTHING],
        "SweepFunction": ["ReservesSweep", 1, NOTHING],
    }


def test_own_domain_closes_the_name_that_aws_gives(resources: dict[str, Resource]) -> None:
    """Its mapping leads to the same stage, and CloudFront to it."""
    (api,) = of_type(resources, "AWS::ApiGatewayV2::Api").values()
    (server,) = api["Body"]["servers"]
    closed = server["x-amazon-apigateway-endpoint-configuration"]["disableExecuteApiEndpoint"]
    assert closed == {"Fn::If": ["HasApiDomain", True, False]}
    (domain,) = of_type(resources, "AWS::ApiGatewayV2::DomainName").values()
    (configuration,) = domain["DomainNameConfigurations"]
    assert configuration["SecurityPolicy"] == "TLS_1_2"
    (mapping,) = of_type(resources, "AWS::ApiGatewayV2::ApiMapping").values()
    assert resources[mapping["Stage"]["Ref"]]["Type"] == "AWS::ApiGatewayV2::Stage"
    for name in ("ApiDomain", "ApiDomainMapping"):
        assert resources[name]["Condition"] == "HasApiDomain"
    origins = resources["Site"]["Properties"]["DistributionConfig"]["Origins"]
    (origin,) = [it["DomainName"] for it in origins if it["Id"] == "api"]
    assert origin["Fn::If"][:2] == ["HasApiDomain", {"Ref": "ApiDomainName"}]
    outputs = translate(TEMPLATE, PARAMETERS, "eu-west-1")["Outputs"]
    assert outputs["ApiUrl"]["Value"]["Fn::If"][1] == {"Fn::Sub": "https://${ApiDomainName}"}


def test_every_function_can_be_in_a_vpc(resources: dict[str, Resource]) -> None:
    """With the right to be there."""
    for name, function in of_type(resources, "AWS::Lambda::Function").items():
        condition, network, otherwise = function["VpcConfig"]["Fn::If"]
        assert (condition, otherwise) == ("IsInVpc", NOTHING), name
        assert network == {
            "SubnetIds": {"Ref": "SubnetIds"},
            "SecurityGroupIds": {"Ref": "SecurityGroupIds"},
        }
    for role in of_type(resources, "AWS::IAM::Role").values():
        (network,) = [
            it["Fn::If"] for it in role["Policies"] if it.get("Fn::If", [None])[0] == "IsInVpc"
        ]
        (statement,) = network[1]["PolicyDocument"]["Statement"]
        assert set(statement["Action"]) == NETWORK


def test_each_function_has_its_own_role(resources: dict[str, Resource]) -> None:
    """None of SAM's ready-made policies, which apply to all resources."""
    roles = of_type(resources, "AWS::IAM::Role")
    used = [
        function["Role"]["Fn::GetAtt"][0]
        for function in of_type(resources, "AWS::Lambda::Function").values()
    ]
    assert sorted(used) == sorted(roles)
    assert not any(role.get("ManagedPolicyArns") for role in roles.values())


def test_roles_allow_named_actions_on_named_resources(resources: dict[str, Resource]) -> None:
    """The only wildcards are for the quota of SES and the interfaces in a VPC, because they have no
    narrower resource."""
    for role in of_type(resources, "AWS::IAM::Role").values():
        for statement in statements(role):
            actions = listed(statement["Action"])
            assert not any("*" in action for action in actions), actions
            if actions != ["ses:GetSendQuota"] and set(actions) != NETWORK:
                assert "*" not in json.dumps(statement["Resource"]), statement


def test_only_senders_may_send_and_each_function_reads_its_own_queues(
    resources: dict[str, Resource],
) -> None:
    """Least privilege, function by function. The API sends the test e-mails that people request."""
    allowed = {
        name: {action for s in statements(role) for action in listed(s["Action"])}
        for name, role in of_type(resources, "AWS::IAM::Role").items()
    }
    assert {n for n, actions in allowed.items() if "ses:SendRawEmail" in actions} == {
        "ApiRole",
        "SendEmailRole",
    }
    receives = {
        name: [
            statement["Resource"]
            for statement in statements(role)
            if "sqs:ReceiveMessage" in listed(statement["Action"])
        ]
        for name, role in of_type(resources, "AWS::IAM::Role").items()
    }
    assert receives == {
        "ApiRole": [
            [{"Fn::GetAtt": [name, "Arn"]} for name in ("SendDeadLetters", "ResumeDeadLetters")]
        ],
        "SweepRole": [],
        "SendEmailRole": [{"Fn::GetAtt": ["SendQueue", "Arn"]}],
        "ResumeLeadRole": [{"Fn::GetAtt": ["ResumeQueue", "Arn"]}],
    }
    assert all("sqs:SendMessage" in actions for actions in allowed.values())


def test_secrets_are_not_shown() -> None:
    """Neither in the console nor in an output."""
    template = translate(TEMPLATE, PARAMETERS, "eu-west-1")
    hidden = {name for name, entry in template["Parameters"].items() if entry.get("NoEcho")}
    assert hidden == {
        "StoreUri",
        "SmtpUri",
        "TrackingKeys",
        "ApiTokens",
        "SecretKeys",
        "FeedbackSecrets",
    }
    assert not any(name in json.dumps(template["Outputs"]) for name in hidden)


def test_every_kind_of_resource_is_emulated_or_looked_at(resources: dict[str, Resource]) -> None:
    """moto skips unknown kinds; a new kind needs its own test."""
    emulated = {
        "AWS::Events::Rule",
        "AWS::IAM::Role",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::Function",
        "AWS::Lambda::Permission",
        "AWS::Logs::LogGroup",
        "AWS::SNS::Topic",
        "AWS::SQS::Queue",
    }
    assert {resource["Type"] for resource in resources.values()} == emulated | NOT_EMULATED
