// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud/region"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// hint adds to the errors about a block's attributes that another region has what the attribute names.
func (b *bound[C, M]) hint(block tftypes.Value, err error) error {
	here := region.NameOf(b.home)
	if here == "" || err == nil {
		return err
	}
	if all, joined := parts(err); joined {
		var out []error
		for _, one := range all {
			out = append(out, b.hint(block, one))
		}
		return errors.Join(out...)
	}
	if other, is := err.(*titled); is {
		return Titled(other.title, b.hint(block, other.error))
	}
	var field *openstack.FieldError
	if !errors.As(err, &field) || field.Setting {
		return err
	}
	for _, one := range region.References(block) {
		if other := b.regions.Elsewhere(here, one.Text); other != "" && one.Name != "name" && strings.HasPrefix(one.Path, field.Field) {
			return fmt.Errorf("%w (the region %s has %q, and this is to be in %s)", err, other, one.Text, here)
		}
	}
	return err
}
