package vcenter

import (
	"context"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// CloudFlavors gives every flavor of the cloud, smallest first.
func (c *Client) CloudFlavors(ctx context.Context) ([]openstack.Flavor, error) {
	all, err := c.Config.Cloud.Flavors(ctx)
	if err != nil {
		return nil, err
	}
	out := slices.Clone(all)
	for i := range out {
		out[i].Cloud = c.Config.Cloud.Name()
	}
	return out, nil
}

// CloudFlavor finds a flavor of the cloud by id, by name or by both. ErrNotFound comes with the nearest names.
func (c *Client) CloudFlavor(ctx context.Context, id, name string) (openstack.Flavor, error) {
	all, err := c.CloudFlavors(ctx)
	if err != nil {
		return openstack.Flavor{}, err
	}
	var names []string
	for _, f := range all {
		switch {
		case id != "" && f.ID == id && name != "" && f.Name != name:
			return openstack.Flavor{}, openstack.NotFound("flavor %s of %s is called %q, not %q", id, openstack.TheCloud(c.Config.Cloud), f.Name, name)
		case id != "" && f.ID == id, id == "" && f.Name == name:
			return f, nil
		}
		names = append(names, f.Name)
	}
	wanted := name
	if wanted == "" {
		wanted = id
	}
	return openstack.Flavor{}, wire.NoSuch("flavor", wanted, openstack.TheCloud(c.Config.Cloud), names)
}
