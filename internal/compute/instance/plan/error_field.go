// SPDX-License-Identifier: MPL-2.0

package plan

import (
	"errors"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// atHint moves an error about the zone to the argument that names the zone. It copies the error, which other instances may share.
func atHint(config *model.Instance, err error) error {
	const zone, hint = "availability_zone", "availability_zone_hints"
	var field *openstack.FieldError
	if !errors.As(err, &field) || field.Setting || field.Field != zone || config.Zone.ValueString() != "" ||
		config.ZoneHints.ValueString() == "" {
		return err
	}
	if err == error(field) {
		err = field.Err
	}
	return &openstack.FieldError{Field: hint, Err: err}
}
