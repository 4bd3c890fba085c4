"""
An authenticator and a relying party out of Yubico's python-fido2: what it makes is encoded by its own classes, what it
judges is judged by its own server. Reads one JSON order on standard input, answers one JSON value.
"""
import json
import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from fido2 import cbor
from fido2.client import ClientData
from fido2.cose import ES256, RS256, CoseKey, EdDSA
from fido2.ctap2 import AttestationObject, AttestedCredentialData, AuthenticatorData
from fido2.server import Fido2Server
from fido2.webauthn import (
    PublicKeyCredentialCreationOptions,
    PublicKeyCredentialRequestOptions,
    PublicKeyCredentialRpEntity,
)

FLAG = AuthenticatorData.FLAG


def decode(text):
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encode(data):
    return urlsafe_b64encode(bytes(data)).rstrip(b"=").decode()


MAKE = {
    "ES256": (lambda: ec.generate_private_key(ec.SECP256R1()), ES256),
    "RS256": (lambda: rsa.generate_private_key(65537, 2048), RS256),
    "EdDSA": (ed25519.Ed25519PrivateKey.generate, EdDSA),
}


def sign(key, data):
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ec.ECDSA(hashes.SHA256()))
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    return key.sign(data)


def client_data(kind, options, origin):
    return ClientData.build(type=kind, origin=origin, challenge=options["challenge"])


def create(order):
    """Makes a credential for options as their own classes read them."""
    given = order["options"]
    options = PublicKeyCredentialCreationOptions(
        given["rp"],
        {**given["user"], "id": decode(given["user"]["id"])},
        decode(given["challenge"]),
        given["pubKeyCredParams"],
        given["timeout"],
        [{**one, "id": decode(one["id"])} for one in given["excludeCredentials"]],
        {
            name: value
            for name, value in given["authenticatorSelection"].items()
            if name in ("authenticatorAttachment", "requireResidentKey", "userVerification")
        },
        given["attestation"],
    )
    make, cose = MAKE[order["algorithm"]]
    if cose.ALGORITHM not in [one.alg for one in options.pub_key_cred_params]:
        raise ValueError("an algorithm that was not asked for")
    key = make()
    credential_id = sha256(order["algorithm"].encode() + options.challenge).digest()
    attested = AttestedCredentialData.create(b"\0" * 16, credential_id, cose.from_cryptography_key(key.public_key()))
    data = AuthenticatorData.create(
        sha256(options.rp.id.encode()).digest(), FLAG.USER_PRESENT | FLAG.USER_VERIFIED | FLAG.ATTESTED, order["counter"], attested
    )
    client = client_data("webauthn.create", given, order["origin"])
    statement = {}
    if order["format"] == "packed":
        statement = {"alg": cose.ALGORITHM, "sig": sign(key, bytes(data) + client.hash)}
    attestation = AttestationObject.create(order["format"], data, statement)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    answer = {
        "id": encode(credential_id),
        "rawId": encode(credential_id),
        "type": "public-key",
        "response": {
            "clientDataJSON": encode(client),
            # As WebAuthn has it, with names for keys.
            "attestationObject": encode(attestation.with_string_keys()),
            "transports": ["usb"],
        },
        "clientExtensionResults": {},
    }
    return {"answer": answer, "pem": pem, "id": encode(credential_id), "handle": encode(options.user.id)}


def get(order):
    """Uses one that was made before."""
    given = order["options"]
    options = PublicKeyCredentialRequestOptions(
        decode(given["challenge"]),
        given["timeout"],
        given["rpId"],
        [{**one, "id": decode(one["id"])} for one in given["allowCredentials"]],
        given["userVerification"],
    )
    key = serialization.load_pem_private_key(order["pem"].encode(), None)
    data = AuthenticatorData.create(sha256(options.rp_id.encode()).digest(), FLAG.USER_PRESENT | FLAG.USER_VERIFIED, order["counter"])
    client = client_data("webauthn.get", given, order["origin"])
    return {
        "answer": {
            "id": order["id"],
            "rawId": order["id"],
            "type": "public-key",
            "response": {
                "clientDataJSON": encode(client),
                "authenticatorData": encode(data),
                "signature": encode(sign(key, bytes(data) + client.hash)),
                "userHandle": order["handle"],
            },
        }
    }


def judge(order):
    """The same answers before another relying party: what was made, then what it signed."""
    made, used = order["made"]["response"], order["used"]["response"]
    server = Fido2Server(PublicKeyCredentialRpEntity(order["rpId"], "Example"))

    def state(challenge):
        return {"challenge": challenge, "user_verification": "required"}

    data = server.register_complete(
        state(order["madeFor"]),
        ClientData(decode(made["clientDataJSON"])),
        AttestationObject(decode(made["attestationObject"])),
    )
    credential = server.authenticate_complete(
        state(order["usedFor"]),
        [data.credential_data],
        decode(order["used"]["id"]),
        ClientData(decode(used["clientDataJSON"])),
        AuthenticatorData(decode(used["authenticatorData"])),
        decode(used["signature"]),
    )
    # The key that we keep is one that it reads to the same.
    kept = CoseKey.parse(cbor.decode(decode(order["publicKey"])))
    return {"credential": encode(credential.credential_id), "same": dict(kept) == dict(credential.public_key)}


order = json.load(sys.stdin)
json.dump({"create": create, "get": get, "judge": judge}[order["act"]](order), sys.stdout)
