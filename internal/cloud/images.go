// SPDX-License-Identifier: MPL-2.0

package cloud

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// glanceImage is an image in the image service's JSON, which has custom properties beside the standard fields.
type glanceImage map[string]any

// everyImage lists the standard fields of an image; every other key is a custom property.
var everyImage = []string{"id", "name", "status", "visibility", "protected", "owner", "min_disk", "min_ram", "size", "virtual_size",
	"disk_format", "container_format",
	"checksum", "os_hash_algo", "os_hash_value", "os_hidden", "created_at", "updated_at", "self", "file", "schema", "tags", "locations",
	"direct_url", "stores"}

// listImages makes one call for each thousand images.
func (c *Client) listImages(ctx context.Context) ([]openstack.Image, error) {
	at, err := c.endpoint(ctx, image)
	if err != nil {
		return nil, err
	}
	all, _, err := list[glanceImage](ctx, at, "images", "images", url.Values{"status": {"active"}})
	if err != nil {
		return nil, err
	}
	out := make([]openstack.Image, len(all))
	for i, g := range all {
		out[i] = g.image()
	}
	return out, nil
}

// image converts g to an openstack.Image.
func (g glanceImage) image() openstack.Image {
	properties := map[string]string{}
	for key, value := range g {
		if !slices.Contains(everyImage, key) && value != nil {
			properties[key] = plain(value)
		}
	}
	spec := openstack.ImageSpec{ID: g.text("id"), Name: g.text("name"), Properties: properties, MinDisk: g.number("min_disk"),
		DiskFormat: g.text("disk_format"), Container: g.text("container_format")}
	return openstack.Image{ImageSpec: spec, Description: properties["description"], SizeBytes: g.number("size"), Created: g.time("created_at"),
		Updated: g.time("updated_at")}
}

func (g glanceImage) text(key string) string {
	text, _ := g[key].(string)
	return text
}

func (g glanceImage) number(key string) int64 {
	n, _ := g[key].(float64)
	return int64(n)
}

func (g glanceImage) time(key string) time.Time {
	t, _ := time.Parse(time.RFC3339, g.text(key))
	return t
}

// plain converts a property to text. The image service sends properties as strings, except for some of its own.
func plain(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case bool, float64:
		return fmt.Sprint(v)
	}
	raw, _ := json.Marshal(value) // it came from JSON
	return string(raw)
}
