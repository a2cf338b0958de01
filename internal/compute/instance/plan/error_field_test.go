// SPDX-License-Identifier: MPL-2.0

package plan

import (
	"errors"
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// TestErrorAtHint moves an error about the zone to the argument that names it, without changing the error, which other instances may
// share.
func TestErrorAtHint(t *testing.T) {
	t.Parallel()
	shared := openstack.AttributeErrorf("availability_zone", "there is no zone %q: %w", "az9", openstack.ErrNotFound)
	hinted := &model.Instance{ZoneHints: types.StringValue("az9")}
	plain := &model.Instance{Zone: types.StringValue("az9")}
	for _, test := range []struct {
		name  string
		plan  *model.Instance
		err   error
		field string
		text  string
	}{
		{"hinted", hinted, shared, "availability_zone_hints", `availability_zone_hints: there is no zone "az9": not found`},
		{"not hinted", plain, shared, "availability_zone", `availability_zone: there is no zone "az9": not found`},
		{"in a sentence", hinted, fmt.Errorf("web: %w", shared), "availability_zone_hints",
			`availability_zone_hints: web: availability_zone: there is no zone "az9": not found`},
		{"another argument", hinted, openstack.AttributeErrorf("name", "%w", openstack.ErrNotFound), "name", "name: not found"},
		{"of the provider", hinted, openstack.ProviderErrorf("availability_zone", "%w", openstack.ErrNotFound), "availability_zone",
			"availability_zone: not found"},
	} {
		got := atHint(test.plan, test.err)
		var field *openstack.FieldError
		if !errors.As(got, &field) || field.Field != test.field || got.Error() != test.text || !errors.Is(got, openstack.ErrNotFound) {
			t.Errorf("%s: %v", test.name, got)
		}
	}
	if atHint(hinted, nil) != nil {
		t.Error("no error is an error")
	}
}
