// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"fmt"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// wrongSpec returns an error at one extra spec.
func wrongSpec(key, format string, args ...any) error {
	return &openstack.FieldError{Field: "extra_specs", Key: key, Err: fmt.Errorf(format, args...)}
}

// wrongProperty returns an error at the image.
func wrongProperty(format string, args ...any) error {
	return openstack.AttributeErrorf("image_id", format, args...)
}
