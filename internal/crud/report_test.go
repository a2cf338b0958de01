// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"errors"
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// sayings formats diagnostics as "severity path summary: detail".
func sayings(diags diag.Diagnostics) []string {
	out := []string{}
	for _, d := range diags {
		at := "-"
		if p, ok := d.(diag.DiagnosticWithPath); ok {
			at = p.Path().String()
		}
		out = append(out, fmt.Sprintf("%s %s %s: %s", d.Severity(), at, d.Summary(), d.Detail()))
	}
	return out
}

func expect(t *testing.T, diags diag.Diagnostics, want ...string) {
	t.Helper()
	if have := sayings(diags); fmt.Sprintf("%q", have) != fmt.Sprintf("%q", want) {
		t.Errorf("diagnostics are\n%q, not\n%q", have, want)
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	plain, field := errors.New("the disk is full"), openstack.AttributeErrorf("ram", "it is odd")
	key := &openstack.FieldError{Field: "extra_specs", Key: "quota:cpu_limit", Err: errors.New("no number")}
	for name, c := range map[string]struct {
		err  error
		want []string
	}{
		"nothing":   {nil, []string{}},
		"plain":     {plain, []string{"Error - Cannot: the disk is full."}},
		"attribute": {field, []string{"Error ram Cannot: ram: it is odd."}},
		"attribute of a block": {openstack.AttributeErrorf("openstack.cloud", "it is odd"),
			[]string{"Error openstack.cloud Cannot: openstack.cloud: it is odd."}},
		"key of a map": {key,
			[]string{`Error extra_specs["quota:cpu_limit"] Cannot: extra_specs["quota:cpu_limit"]: no number.`}},
		"joined": {errors.Join(field, plain),
			[]string{"Error ram Cannot: ram: it is odd.", "Error - Cannot: the disk is full."}},
		"joined in joined": {errors.Join(errors.Join(field, key), plain),
			[]string{"Error ram Cannot: ram: it is odd.", `Error extra_specs["quota:cpu_limit"] Cannot: extra_specs["quota:cpu_limit"]: no number.`,
				"Error - Cannot: the disk is full."}},
		"one sentence of two": {fmt.Errorf("%w, and then %w", plain, errors.New("the light went out")),
			[]string{"Error - Cannot: the disk is full, and then the light went out."}},
		"ends already":                  {errors.New("Stop!"), []string{"Error - Cannot: Stop!"}},
		"ends with a block":             {errors.New("import {\n}"), []string{"Error - Cannot: import {\n}"}},
		"attribute, not explained away": {fmt.Errorf("web: %w", field), []string{"Error ram Cannot: web: ram: it is odd."}},
	} {
		t.Run(name, func(t *testing.T) {
			var diags diag.Diagnostics
			Report(&diags, "Cannot", c.err)
			expect(t, diags, c.want...)
		})
	}
}

func TestWarn(t *testing.T) {
	t.Parallel()
	var diags diag.Diagnostics
	ctx, flush := WithWarnings(t.Context(), &diags)
	Warn(ctx, "Slow", "it takes long")
	WarnAt(ctx, path.Root("ram"), "Odd", "it is odd")
	expect(t, diags) // nothing before the flush
	flush()
	expect(t, diags, "Warning - Slow: it takes long.", "Warning ram Odd: it is odd.")
	Warn(t.Context(), "Nobody", "listens") // without a collector it does nothing
}
