// SPDX-License-Identifier: MPL-2.0

package openstack

// KeyPair is a public SSH key under a name. The private half is never stored outside Terraform's state.
type KeyPair struct {
	Name        string `json:"name"`
	PublicKey   string `json:"public_key"`          // in authorized_keys form
	Fingerprint string `json:"fingerprint"`         // MD5 of the key, colon separated, as Nova prints it
	Generated   bool   `json:"generated,omitempty"` // the pair was made with its record; only the state of that apply has the private half
}
