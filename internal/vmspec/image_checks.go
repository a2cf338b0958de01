// SPDX-License-Identifier: MPL-2.0

package vmspec

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"

// CheckProperties refuses properties of an image that no instance of it could be made with, at the property. Those that Nova's driver
// passes over are in order.
func CheckProperties(properties map[string]string) error {
	for _, row := range Table {
		value := properties[row.Property]
		if row.Property == "" || value == "" {
			continue
		}
		if err := row.set(&builder{nics: 1, options: map[string]string{}}, value, true); err != nil {
			return &openstack.FieldError{Field: "properties", Key: row.Property, Err: err}
		}
	}
	return nil
}
