// SPDX-License-Identifier: MPL-2.0

package model

import (
	"errors"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/blockdevices"
)

// FlavorField returns the argument that names the flavor, for errors. A plan holds both unless the flavor is unknown.
func (m Instance) FlavorField() string {
	if m.FlavorName.ValueString() == "" {
		return "flavor_id"
	}
	return "flavor_name"
}

// ImageField returns the argument that names the image, for errors.
func (m Instance) ImageField() string {
	if m.BootsFromVolume() {
		return blockdevices.Path(openstack.BootBlock(BlockDevices(m.BlockDevice)))
	}
	if m.ImageID.ValueString() == "" {
		return "image_name"
	}
	return "image_id"
}

// AtFlavor moves an error about an extra spec to the argument that names the flavor.
func (m Instance) AtFlavor(f openstack.Flavor, err error) error {
	var field *openstack.FieldError
	if errors.As(err, &field) && field.Field == "extra_specs" {
		return openstack.AttributeErrorf(m.FlavorField(), "the flavor %s cannot be used: %w", f.Name, err)
	}
	return err
}

// AtFlavorField moves an error about a new flavor to the argument that names it.
func (m Instance) AtFlavorField(err error) error {
	var field *openstack.FieldError
	if errors.As(err, &field) && field.Field == "flavor_id" {
		return openstack.AttributeErrorf(m.FlavorField(), "%w", field.Err)
	}
	return err
}

// AtImage moves an error about the image to the argument that names it.
func (m Instance) AtImage(err error) error {
	var field *openstack.FieldError
	if errors.As(err, &field) && field.Field == "image_id" {
		return openstack.AttributeErrorf(m.ImageField(), "%w", field.Err)
	}
	return err
}
