package vcenter

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// The OpenStack cloud that is looked into beside the vCenter. Whoever calls these has one configured: see openstack.Lookup.

// cloudName is how messages call the cloud.
func (c *Client) cloudName() string { return "the OpenStack cloud " + c.Config.Cloud.Name() }

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
			return openstack.Flavor{}, openstack.NotFound("flavor %s of %s is called %q, not %q", id, c.cloudName(), f.Name, name)
		case id != "" && f.ID == id, id == "" && f.Name == name:
			return f, nil
		}
		names = append(names, f.Name)
	}
	wanted := name
	if wanted == "" {
		wanted = id
	}
	return openstack.Flavor{}, faults.NoSuch("flavor", wanted, c.cloudName(), names)
}

func (c *Client) cloudKeyPair(ctx context.Context, name string) (openstack.KeyPair, error) {
	all, err := c.Config.Cloud.KeyPairs(ctx)
	if err != nil {
		return openstack.KeyPair{}, err
	}
	names := make([]string, len(all))
	for i, k := range all {
		if names[i] = k.Name; k.Name == name {
			return k, nil
		}
	}
	return openstack.KeyPair{}, faults.NoSuch("key pair", name, c.cloudName(), names)
}

// CloudNetwork finds a network of the cloud by id, by name or by both. A name that several networks have is an error that lists them.
func (c *Client) CloudNetwork(ctx context.Context, id, name string) (openstack.Network, error) {
	all, err := c.Config.Cloud.Networks(ctx)
	if err != nil {
		return openstack.Network{}, err
	}
	var names, ids []string
	var matches []openstack.Network
	for _, n := range all {
		names = append(names, n.Name)
		if (id == "" || n.ID == id) && (name == "" || n.Name == name) {
			matches, ids = append(matches, n), append(ids, n.ID)
		}
	}
	switch {
	case len(matches) == 1:
		return matches[0], nil
	case len(matches) > 1:
		return openstack.Network{}, fmt.Errorf("%d networks of %s are called %q: write the id of one of them: %s", len(matches), c.cloudName(),
			name, faults.Quoted(ids))
	case id != "":
		return openstack.Network{}, openstack.NotFound("no network with the id %q in %s", id, c.cloudName())
	}
	return openstack.Network{}, faults.NoSuch("network", name, c.cloudName(), names)
}

// FindImage finds the one image that a query means where source says; empty: in the vCenter, then in OpenStack. It says where.
func (c *Client) FindImage(ctx context.Context, source string, q ImageQuery) (image openstack.Image, in string, err error) {
	return openstack.Lookup(source, c.Config.Cloud,
		func() (openstack.Image, error) { return c.Image(ctx, q) },
		func() (openstack.Image, error) { return c.cloudImage(ctx, q) })
}

func (c *Client) cloudImage(ctx context.Context, q ImageQuery) (openstack.Image, error) {
	all, err := c.Config.Cloud.Images(ctx)
	if err != nil {
		return openstack.Image{}, err
	}
	var names []string
	var matches []openstack.Image
	for _, i := range all {
		names = append(names, i.Name)
		if (q.ID == "" || i.ID == q.ID) && q.fits(i) {
			matches = append(matches, i)
		}
	}
	switch {
	case len(matches) == 1, len(matches) > 1 && q.MostRecent:
		return newest(matches), nil
	case len(matches) > 1:
		return openstack.Image{}, fmt.Errorf("%d images of %s fit: %s; name one by its id, narrow the search, or set most_recent = true",
			len(matches), c.cloudName(), imageList(matches))
	case q.ID != "":
		return openstack.Image{}, openstack.NotFound("no image %s in %s", q.ID, c.cloudName())
	case q.Name != "" && !slices.Contains(names, q.Name):
		return openstack.Image{}, faults.NoSuch("image", q.Name, c.cloudName(), names)
	}
	return openstack.Image{}, openstack.NotFound("no image of %s fits", c.cloudName())
}

// BootImage finds the image that an instance is made from: a template or a library item. One that is in OpenStack only is an error
// that says what to do. Either of id and name may be empty.
func (c *Client) BootImage(ctx context.Context, id, name string) (openstack.Image, error) {
	image, in, err := c.FindImage(ctx, "", ImageQuery{ID: id, Name: name})
	if err != nil || in == openstack.SourceVCenter {
		return image, err
	}
	is := fmt.Sprintf("the image %q is in %s with the id %s", image.Name, c.cloudName(), image.ID)
	twin, err := c.Image(ctx, ImageQuery{Name: image.Name})
	switch {
	case id != "" && err == nil:
		return openstack.Image{}, fmt.Errorf("%s; the one of that name in this vCenter has the id %s: write image_name, or that id", is, twin.ID)
	case err != nil && !errors.Is(err, openstack.ErrNotFound):
		return openstack.Image{}, err
	}
	return openstack.Image{}, fmt.Errorf("%s, and no template or library item of this vCenter has that name: an instance is cloned from "+
		"one of those. %s, and call it %q", is, vmspec.ComesHere(image), image.Name)
}
