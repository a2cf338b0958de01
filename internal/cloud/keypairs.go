package cloud

import (
	"context"
	"net/url"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// novaKeyPair is a key pair as the compute service writes it, one level deeper than everything else.
type novaKeyPair struct {
	KeyPair struct {
		Name        string `json:"name"`
		PublicKey   string `json:"public_key"`
		Fingerprint string `json:"fingerprint"`
		Type        string `json:"type"` // ssh or x509; empty: from before there were both
	} `json:"keypair"`
}

// listKeyPairs is one call. Certificates for Windows (x509) are no SSH keys and stay out.
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
