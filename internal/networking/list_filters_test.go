// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// TestFiltersInForm: a filter in another notation means what the objects have.
func TestFiltersInForm(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		form       func(string) (string, error)
		text, want string
	}{
		{cidrForm, "10.20.0.0/24", "10.20.0.0/24"},
		{cidrForm, "2001:DB8:0:0::/64", "2001:db8::/64"},
		{addressForm, "2001:DB8::0:5", "2001:db8::5"},
		{sdn.NormalMAC, "FA-16-3E-00-4C-01", "fa:16:3e:00:4c:01"},
		{sdn.NormalMAC, "", ""},
	} {
		if got, err := inForm("filter", types.StringValue(c.text), c.form); err != nil || got.ValueString() != c.want {
			t.Errorf("%q is %s, %v, and not %q", c.text, got, err, c.want)
		}
	}
	for _, unset := range []types.String{types.StringNull(), types.StringUnknown()} {
		if got, err := inForm("filter", unset, cidrForm); err != nil || !got.Equal(unset) {
			t.Errorf("%s is %s, %v", unset, got, err)
		}
	}
}
