// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"crypto/ed25519"
	"encoding/pem"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// generatedPair holds both halves of a new key pair: the public one in authorized_keys form, the private one in OpenSSH's.
type generatedPair struct{ public, private string }

// generatePair makes an ed25519 key pair with a comment in its private half.
func generatePair(comment string) (pair generatedPair, err error) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return pair, err
	}
	block, err := ssh.MarshalPrivateKey(private, comment)
	if err != nil {
		return pair, err
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		return pair, err
	}
	return generatedPair{public: strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key))), private: string(pem.EncodeToMemory(block))}, nil
}

// fingerprintOf returns the MD5 fingerprint of the public key in an argument.
func fingerprintOf(argument, public string) (string, error) {
	key, _, _, rest, err := ssh.ParseAuthorizedKey([]byte(public))
	if err != nil {
		return "", openstack.AttributeErrorf(argument, "this is not a public key in authorized_keys form (\"ssh-ed25519 AAAA... comment\")")
	}
	if _, _, _, _, err := ssh.ParseAuthorizedKey(rest); err == nil {
		return "", openstack.AttributeErrorf(argument, "it holds more than one public key, and a key pair has one: make a key pair of "+
			"each, or give further keys to the guest in user_data (ssh_authorized_keys)")
	}
	return ssh.FingerprintLegacyMD5(key), nil
}
