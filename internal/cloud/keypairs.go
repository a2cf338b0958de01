// SPDX-License-Identifier: MPL-2.0

package cloud

import (
	"context"
	"net/url"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// novaKeyPair is a key pair in the compute service's JSON, nested one level deeper than other objects.
type novaKeyPair struct {
	KeyPair struct {
		Name        string `json:"name"`
		PublicKey   string `json:"public_key"`
		Fingerprint string `json:"fingerprint"`
		Type        string `json:"type"` // ssh or x509; empty: the cloud is too old to have types
	} `json:"keypair"`
}

// listKeyPairs makes one call. It leaves out certificates for Windows (x509), which are not SSH keys.
func (c *Client) listKeyPairs(ctx context.Context) ([]openstack.KeyPair, error) {
	all, _, _, err := listCompute[novaKeyPair](ctx, c, "os-keypairs", "keypairs", url.Values{})
	if err != nil {
		return nil, err
	}
	out := make([]openstack.KeyPair, 0, len(all))
	for _, k := range all {
		if k.KeyPair.Type == "" || k.KeyPair.Type == "ssh" {
			out = append(out, openstack.KeyPair{Name: k.KeyPair.Name, PublicKey: k.KeyPair.PublicKey, Fingerprint: k.KeyPair.Fingerprint})
		}
	}
	return out, nil
}
