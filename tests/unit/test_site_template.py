"""The template's site: what serves the bucket to readers, under which name, and how safely."""

import re
from typing import Any

import pytest

from core.model import keys
from handler.settings import from_environment
from tests.support import template
from tests.support.recorded import REPOSITORY

TEMPLATE = template.load()
PARAMETERS = TEMPLATE["Parameters"]
PAGES = REPOSITORY / "templates" / "site"
# What a stack makes, and its template refers to.
MADE = {
    "AWS::Partition": "aws",
    "AWS::AccountId": "123456789012",
    "Bucket": "papers",
    "Bucket.Arn": "arn:aws:s3:::papers",
    "Bucket.RegionalDomainName": "papers.s3.ap-northeast-2.amazonaws.com",
    "Distribution": "EDFDVBD6EXAMPLE",
    "Distribution.DomainName": "d111111abcdef8.cloudfront.net",
    "OriginAccess.Id": "E2QWRUHEXAMPLE",
    "SiteHeaders": "60669652-455b-4ae9-85a4-c4c02393f86c",
}
DISTRIBUTION_ARN = "arn:aws:cloudfront::123456789012:distribution/EDFDVBD6EXAMPLE"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-90ab-cdef-1234-567890abcdef"
SITE = {"Site": "cloudfront"}
OWN = {"SiteDomain": "papers.example.com", "SiteCertificate": CERTIFICATE}
ELSEWHERE = {"SiteUrl": "https://example.com/papers"}
ACCEPTED = [
    ("SiteDomain", "example.com"),
    ("SiteDomain", "papers.xn--3e0b707e"),
    ("SiteCertificate", CERTIFICATE),
    ("SiteUrl", "https://example.com"),
    ("SiteUrl", "https://example.com:8443/a/b-c.d"),
]
REFUSED = [
    ("Site", "s3"),
    ("SiteDomain", "https://example.com"),
    ("SiteDomain", "Example.com"),
    ("SiteDomain", "*.example.com"),
    ("SiteDomain", "example.com/"),
    ("SiteDomain", "-.example.com"),
    ("SiteDomain", "example"),
    ("SiteDomain", "192.0.2.1"),
    ("SiteCertificate", CERTIFICATE.replace("us-east-1", "ap-northeast-2")),
    ("SiteCertificate", CERTIFICATE.rpartition("/")[2]),
    ("SiteUrl", "http://example.com"),
    ("SiteUrl", "https://example.com/"),
    ("SiteUrl", "https://example.com?a=b"),
    ("SiteUrl", "https://user@example.com"),
    ("SiteUrl", "example.com"),
]


def stack(**values: str) -> template.Stack:
    """Return a stack with these parameters, else the defaults."""
    return template.Stack(TEMPLATE, MADE | values)


def resources(**values: str) -> dict[str, Any]:
    return stack(**values).made("Resources")


def distribution(**values: str) -> dict[str, Any]:
    made = resources(**SITE, **values)["Distribution"]["Properties"]
    config: dict[str, Any] = made["DistributionConfig"]
    return config


def origin(**values: str) -> dict[str, Any]:
    found: dict[str, Any]
    (found,) = distribution(**values)["Origins"]
    return found


def headers() -> dict[str, Any]:
    policy = resources(**SITE)["SiteHeaders"]["Properties"]
    config: dict[str, Any] = policy["ResponseHeadersPolicyConfig"]
    return config


def who_reads(**values: str) -> list[dict[str, Any]]:
    """Return what the bucket's policy allows; the first of its statements denies."""
    policy = resources(**values)["BucketPolicy"]["Properties"]["PolicyDocument"]
    others: list[dict[str, Any]]
    first, *others = policy["Statement"]
    assert (first["Sid"], first["Effect"]) == ("EncryptedTransportOnly", "Deny")
    return others


def test_without_a_site_nothing_of_it_is_made() -> None:
    made = stack().made("Resources")
    assert [one["Type"] for one in made.values() if "::CloudFront::" in one["Type"]] == []
    assert who_reads() == []
    assert stack().made("Outputs").keys().isdisjoint({"SiteUrl", "SiteDnsTarget", "DistributionId"})


@pytest.mark.parametrize(
    ("values", "url"),
    [
        ({}, ""),
        (ELSEWHERE, "https://example.com/papers"),
        (SITE, "https://d111111abcdef8.cloudfront.net"),
        (SITE | OWN, "https://papers.example.com"),
        (SITE | ELSEWHERE, "https://example.com/papers"),
        (SITE | OWN | ELSEWHERE, "https://example.com/papers"),
    ],
)
def test_the_address_that_the_function_and_the_outputs_tell(
    values: dict[str, str], url: str
) -> None:
    function = resources(**values)["PaperboyFunction"]["Properties"]
    assert function["Environment"]["Variables"]["PAPERBOY_SITE_URL"] == url
    outputs = stack(**values).made("Outputs")
    assert outputs.get("SiteUrl", {}).get("Value") == (url if "Site" in values else None)


def test_the_outputs_tell_what_a_domain_has_to_point_to() -> None:
    outputs = stack(**SITE).made("Outputs")
    assert outputs["DistributionId"]["Value"] == "EDFDVBD6EXAMPLE"
    assert "SiteDnsTarget" not in outputs
    target = stack(**SITE, **OWN).made("Outputs")["SiteDnsTarget"]
    assert target["Value"] == "d111111abcdef8.cloudfront.net"


@pytest.mark.parametrize(("name", "value"), ACCEPTED)
def test_what_a_parameter_allows_is_a_valid_setting(name: str, value: str) -> None:
    assert template.allows(PARAMETERS[name], value)
    function = resources(**{**SITE, **OWN, name: value})["PaperboyFunction"]["Properties"]
    assert from_environment(function["Environment"]["Variables"])


@pytest.mark.parametrize(("name", "value"), REFUSED)
def test_a_parameter_refuses(name: str, value: str) -> None:
    assert not template.allows(PARAMETERS[name], value)


@pytest.mark.parametrize(
    ("site", "domain", "certificate", "allowed"),
    [
        ("none", "", "", True),
        ("none", "papers.example.com", CERTIFICATE, False),
        ("none", "papers.example.com", "", False),
        ("none", "", CERTIFICATE, False),
        ("cloudfront", "", "", True),
        ("cloudfront", "papers.example.com", CERTIFICATE, True),
        ("cloudfront", "papers.example.com", "", False),
        ("cloudfront", "", CERTIFICATE, False),
    ],
)
def test_a_domain_comes_with_its_certificate_and_what_serves_it(
    site: str, domain: str, certificate: str, allowed: bool
) -> None:
    made = stack(Site=site, SiteDomain=domain, SiteCertificate=certificate)
    assertions = TEMPLATE["Rules"]["TheDomainNeedsItsCertificate"]["Assertions"]
    assert all(made.resolved(one["Assert"]) for one in assertions) is allowed


def test_cloudfronts_domain_has_cloudfronts_certificate() -> None:
    config = distribution()
    assert "Aliases" not in config
    assert config["ViewerCertificate"] == {"CloudFrontDefaultCertificate": True}


def test_a_domain_of_ones_own_has_its_own() -> None:
    config = distribution(**OWN)
    assert config["Aliases"] == ["papers.example.com"]
    assert config["ViewerCertificate"] == {
        "AcmCertificateArn": CERTIFICATE,
        "MinimumProtocolVersion": "TLSv1.2_2021",
        "SslSupportMethod": "sni-only",
    }


@pytest.mark.parametrize(
    ("prefix", "path"), [("", ""), ("papers/", "/papers"), ("a/b-c_d/", "/a/b-c_d")]
)
def test_the_distribution_may_read_under_the_prefix_and_nothing_else(
    prefix: str, path: str
) -> None:
    assert origin(KeyPrefix=prefix)["OriginPath"] == path
    (statement,) = who_reads(**SITE, KeyPrefix=prefix)
    assert statement == {
        "Sid": "TheSiteReads",
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::papers/{prefix}*",
        "Condition": {"StringEquals": {"AWS:SourceArn": DISTRIBUTION_ARN}},
    }


def test_the_bucket_stays_as_private_as_it_was() -> None:
    bucket = resources(**SITE)["Bucket"]
    assert bucket == resources()["Bucket"]
    assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}


def test_the_distribution_signs_what_it_asks_the_bucket() -> None:
    assert origin()["DomainName"] == "papers.s3.ap-northeast-2.amazonaws.com"
    assert origin()["OriginAccessControlId"] == "E2QWRUHEXAMPLE"
    assert origin()["S3OriginConfig"] == {"OriginAccessIdentity": ""}
    access = resources(**SITE)["OriginAccess"]["Properties"]["OriginAccessControlConfig"]
    assert access == {
        "Name": "papers",
        "OriginAccessControlOriginType": "s3",
        "SigningBehavior": "always",
        "SigningProtocol": "sigv4",
    }


def test_readers_read_over_https_and_only_read() -> None:
    behavior = distribution()["DefaultCacheBehavior"]
    assert behavior["ViewerProtocolPolicy"] == "redirect-to-https"
    assert behavior["AllowedMethods"] == ["GET", "HEAD"]
    assert behavior["TargetOriginId"] == origin()["Id"]
    assert behavior["ResponseHeadersPolicyId"] == MADE["SiteHeaders"]
    assert behavior["Compress"] is True


def test_the_addresses_that_are_no_keys() -> None:
    config = distribution(KeyPrefix="papers/")
    assert config["DefaultRootObject"] == keys.HOME
    (missing,) = config["CustomErrorResponses"]
    # Both are below the origin's path, which they must not repeat.
    assert missing["ResponsePagePath"] == f"/{keys.NOT_FOUND_PAGE}"
    assert (missing["ErrorCode"], missing["ResponseCode"]) == (403, 404)


def test_the_header_and_the_pages_have_one_content_security_policy() -> None:
    sent = headers()["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    in_pages = {
        policy
        for page in PAGES.glob("*.j2")
        for policy in re.findall(
            r'http-equiv="Content-Security-Policy"\s+content="([^"]*)"', page.read_text("utf-8")
        )
    }
    # A page cannot say who may frame it.
    assert {f"{policy}; frame-ancestors 'none'" for policy in in_pages} == {sent}


def test_the_other_headers_that_keep_readers_safe() -> None:
    safe = headers()["SecurityHeadersConfig"]
    assert all(header.pop("Override") is True for header in safe.values())
    del safe["ContentSecurityPolicy"]
    assert safe == {
        "ContentTypeOptions": {},
        "FrameOptions": {"FrameOption": "DENY"},
        "ReferrerPolicy": {"ReferrerPolicy": "no-referrer"},
        "StrictTransportSecurity": {
            "AccessControlMaxAgeSec": 31536000,
            "IncludeSubdomains": False,
        },
    }


def test_programs_in_browsers_may_read_too() -> None:
    allowed = headers()["CorsConfig"]
    assert allowed["AccessControlAllowOrigins"] == {"Items": ["*"]}
    assert allowed["AccessControlAllowMethods"] == {"Items": ["GET", "HEAD"]}
    assert allowed["AccessControlAllowCredentials"] is False
