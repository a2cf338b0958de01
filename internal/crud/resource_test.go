// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	dataschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// box is the model of a resource that exists in this test only.
type box struct {
	ID   types.String `tfsdk:"id"`
	Size types.Int64  `tfsdk:"size"`
}

func boxSchema(context.Context) schema.Schema {
	return schema.Schema{Attributes: map[string]schema.Attribute{
		"id": schema.StringAttribute{Computed: true}, "size": schema.Int64Attribute{Required: true}}}
}

func answer(ctx context.Context, client error, m box) (box, error) {
	Warn(ctx, "Careful", "a warning")
	m.Size = types.Int64Value(m.Size.ValueInt64() + 1)
	return m, client
}

// half makes the box, and then fails where the client holds an error. errNothing makes none.
func half(ctx context.Context, r boxRequest) (*box, error) {
	client, m := r.Client.error, *r.Plan
	if errors.Is(client, errNothing) {
		return nil, client
	}
	m.ID = types.StringValue("made")
	m, err := answer(ctx, client, m)
	return &m, err
}

var (
	errNothing = errors.New("nothing was made")
	errBroken  = openstack.AttributeErrorf("size", "it broke on the way")
)

type boxRequest = *Request[boxClient, box]

func boxResource(client error) *bound[boxClient, box] {
	return &bound[boxClient, box]{data: boxClient{client}, is: Resource[boxClient, box]{
		Name: "storage_box", Schema: boxSchema, Create: half, PlanUnconfigured: func(context.Context, boxRequest) error { return errUnplanned },
		Plan: func(ctx context.Context, r boxRequest) (err error) {
			*r.Plan, err = answer(ctx, r.Client.error, *r.Plan)
			return err
		},
		Read: func(ctx context.Context, r boxRequest) (*box, error) {
			return Result(answer(ctx, r.Client.error, *r.State))
		},
		Update: func(ctx context.Context, r boxRequest) (*box, error) {
			return Result(answer(ctx, r.Client.error, *r.Plan))
		},
		Delete: func(ctx context.Context, r boxRequest) error {
			_, err := answer(ctx, r.Client.error, *r.State)
			return err
		},
		Import: func(ctx context.Context, r boxRequest) (*box, error) {
			return Result(answer(ctx, r.Client.error, box{types.StringValue(r.ID), types.Int64Value(0)}))
		},
	}}
}

// boxClient answers every verb with its error, or with nil.
type boxClient struct{ error }

var errUnplanned = errors.New("there is no shelf to look at")

// of returns a box in the framework's form; size 0 is none.
func of(id any, size int) tftypes.Value {
	ty := boxSchema(context.Background()).Type().TerraformType(context.Background())
	if size == 0 {
		return tftypes.NewValue(ty, nil)
	}
	return tftypes.NewValue(ty, map[string]tftypes.Value{"id": tftypes.NewValue(tftypes.String, id),
		"size": tftypes.NewValue(tftypes.Number, size)})
}

func state(id any, size int) tfsdk.State {
	return tfsdk.State{Schema: boxSchema(context.Background()), Raw: of(id, size)}
}

func plan(id any, size int) tfsdk.Plan {
	return tfsdk.Plan{Schema: boxSchema(context.Background()), Raw: of(id, size)}
}

func config(size int) tfsdk.Config {
	return tfsdk.Config{Schema: boxSchema(context.Background()), Raw: of(nil, size)}
}

func holds(t *testing.T, have tftypes.Value, id any, size int) {
	t.Helper()
	if want := of(id, size); !have.Equal(want) {
		t.Errorf("%s, not %s", have, want)
	}
}

const careful = "Warning - Careful: a warning."

func TestCreate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		client error
		id     any
		size   int
		want   []string
	}{
		"well":     {nil, "made", 2, []string{careful}},
		"half-way": {errBroken, "made", 2, []string{careful, "Error size Cannot create storage box: size: it broke on the way."}},
		"not":      {errNothing, nil, 0, []string{"Error - Cannot create storage box: nothing was made."}},
	} {
		t.Run(name, func(t *testing.T) {
			resp := resource.CreateResponse{State: state(nil, 0)}
			boxResource(c.client).Create(t.Context(), resource.CreateRequest{Plan: plan(tftypes.UnknownValue, 1), Config: config(1)}, &resp)
			holds(t, resp.State.Raw, c.id, c.size)
			expect(t, resp.Diagnostics, c.want...)
		})
	}
}

var errGone = fmt.Errorf("box a: %w", openstack.ErrNotFound)

func TestRead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		client error
		size   int
		want   []string
	}{
		"well":   {nil, 6, []string{careful}},
		"gone":   {errGone, 0, []string{careful}},
		"broken": {errBroken, 5, []string{careful, "Error size Cannot read storage box: size: it broke on the way."}},
	} {
		t.Run(name, func(t *testing.T) {
			resp := resource.ReadResponse{State: state("a", 5)}
			boxResource(c.client).Read(t.Context(), resource.ReadRequest{State: state("a", 5)}, &resp)
			holds(t, resp.State.Raw, "a", c.size)
			expect(t, resp.Diagnostics, c.want...)
		})
	}
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		client error
		size   int
		want   []string
	}{
		"well": {nil, 8, []string{careful}},
		// The framework keeps the former state: what was not done is planned again.
		"broken": {errBroken, 5, []string{careful, "Error size Cannot update storage box: size: it broke on the way."}},
	} {
		t.Run(name, func(t *testing.T) {
			resp := resource.UpdateResponse{State: state("a", 5)}
			boxResource(c.client).Update(t.Context(), resource.UpdateRequest{Plan: plan("a", 7), State: state("a", 5), Config: config(7)}, &resp)
			holds(t, resp.State.Raw, "a", c.size)
			expect(t, resp.Diagnostics, c.want...)
		})
	}
	t.Run("half-way", func(t *testing.T) {
		b, resp := boxResource(errBroken), resource.UpdateResponse{State: state("a", 5)}
		b.is.Update = func(ctx context.Context, r boxRequest) (*box, error) {
			m, err := answer(ctx, r.Client.error, *r.Plan)
			return &m, err
		}
		b.Update(t.Context(), resource.UpdateRequest{Plan: plan("a", 7), State: state("a", 5), Config: config(7)}, &resp)
		holds(t, resp.State.Raw, "a", 8)
		expect(t, resp.Diagnostics, careful, "Error size Cannot update storage box: size: it broke on the way.")
	})
	t.Run("without a verb", func(t *testing.T) {
		b, resp := boxResource(errBroken), resource.UpdateResponse{State: state("a", 5)}
		b.is.Update = nil
		b.Update(t.Context(), resource.UpdateRequest{Plan: plan("a", 7), State: state("a", 5), Config: config(7)}, &resp)
		holds(t, resp.State.Raw, "a", 7)
		expect(t, resp.Diagnostics)
	})
}

func TestDelete(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		client error
		want   []string
	}{
		"well":   {nil, []string{careful}},
		"gone":   {errGone, []string{careful}},
		"broken": {errBroken, []string{careful, "Error size Cannot delete storage box: size: it broke on the way."}},
	} {
		t.Run(name, func(t *testing.T) {
			resp := resource.DeleteResponse{State: state("a", 5)}
			boxResource(c.client).Delete(t.Context(), resource.DeleteRequest{State: state("a", 5)}, &resp)
			expect(t, resp.Diagnostics, c.want...)
		})
	}
}

func TestImport(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		client error
		size   int
		want   []string
	}{
		"well": {nil, 1, []string{careful}},
		"gone": {errGone, 0, []string{careful, "Error - Cannot import storage box: box a: not found."}},
	} {
		t.Run(name, func(t *testing.T) {
			resp := resource.ImportStateResponse{State: state(nil, 0)}
			boxResource(c.client).ImportState(t.Context(), resource.ImportStateRequest{ID: "a"}, &resp)
			holds(t, resp.State.Raw, "a", c.size)
			expect(t, resp.Diagnostics, c.want...)
		})
	}
}

func TestModifyPlan(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		client error
		before int
		after  int
		want   []string
	}{
		"well":        {nil, 5, 6, []string{careful}},
		"broken":      {errBroken, 5, 5, []string{careful, "Error size Cannot plan storage box: size: it broke on the way."}},
		"destruction": {errBroken, 0, 0, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			resp := resource.ModifyPlanResponse{Plan: plan("a", c.before)}
			boxResource(c.client).ModifyPlan(t.Context(), resource.ModifyPlanRequest{Plan: plan("a", c.before), State: state("a", 5),
				Config: config(c.before)}, &resp)
			holds(t, resp.Plan.Raw, "a", c.after)
			have := sayings(resp.Diagnostics)
			if len(have) != len(c.want) {
				t.Errorf("diagnostics are %q, not %q", have, c.want)
			}
			for _, want := range c.want {
				if !contains(have, want) {
					t.Errorf("%q is not among %q", want, have)
				}
			}
		})
	}
}

func contains(all []string, one string) bool {
	for _, s := range all {
		if s == one {
			return true
		}
	}
	return false
}

// TestUnconfigured: without a vCenter every verb but the plan reports that, and touches nothing. A plan that needs a vCenter is not
// called.
func TestUnconfigured(t *testing.T) {
	t.Parallel()
	b := boxResource(errNothing)
	b.Configure(t.Context(), resource.ConfigureRequest{}, nil)
	planned := resource.ModifyPlanResponse{Plan: plan("a", 1)}
	b.ModifyPlan(t.Context(), resource.ModifyPlanRequest{Plan: plan("a", 1), State: state("a", 5), Config: config(1)}, &planned)
	expect(t, planned.Diagnostics, "Error - Cannot plan storage box: there is no shelf to look at.")
	created, read, updated := resource.CreateResponse{State: state(nil, 0)}, resource.ReadResponse{State: state("a", 5)},
		resource.UpdateResponse{State: state("a", 5)}
	var deleted resource.DeleteResponse
	imported := resource.ImportStateResponse{State: state(nil, 0)}
	b.Create(t.Context(), resource.CreateRequest{Plan: plan("a", 1), Config: config(1)}, &created)
	b.Read(t.Context(), resource.ReadRequest{State: state("a", 5)}, &read)
	b.Update(t.Context(), resource.UpdateRequest{Plan: plan("a", 1), State: state("a", 5), Config: config(1)}, &updated)
	b.Delete(t.Context(), resource.DeleteRequest{State: state("a", 5)}, &deleted)
	b.ImportState(t.Context(), resource.ImportStateRequest{ID: "a"}, &imported)
	holds(t, created.State.Raw, nil, 0)
	holds(t, read.State.Raw, "a", 5)
	for verb, diags := range map[string]int{"create": len(created.Diagnostics), "read": len(read.Diagnostics),
		"update": len(updated.Diagnostics), "delete": len(deleted.Diagnostics), "import": len(imported.Diagnostics)} {
		if diags != 1 {
			t.Errorf("%s gives %d diagnostics, not one", verb, diags)
		}
	}
	if d := created.Diagnostics[0].Summary(); d != "The provider is not configured yet" {
		t.Error(d)
	}
}

func TestDataSource(t *testing.T) {
	t.Parallel()
	shape := dataschema.Schema{Attributes: map[string]dataschema.Attribute{"id": dataschema.StringAttribute{Optional: true},
		"size": dataschema.Int64Attribute{Optional: true}}}
	is := DataSource[boxClient, box]{Name: "storage_box", Schema: func(context.Context) dataschema.Schema { return shape },
		Read: func(ctx context.Context, client boxClient, m box) (box, error) { return answer(ctx, client.error, m) }}
	for name, c := range map[string]struct {
		data any
		size int
		want []string
	}{
		"well":         {boxClient{}, 6, []string{careful}},
		"gone":         {boxClient{errGone}, 0, []string{careful, "Error - Cannot read storage box: box a: not found" + elsewhere + "."}},
		"unconfigured": {nil, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			b := &boundData[boxClient, box]{is: is, data: c.data}
			resp := datasource.ReadResponse{State: tfsdk.State{Schema: shape, Raw: of(nil, 0)}}
			b.Read(t.Context(), datasource.ReadRequest{Config: tfsdk.Config{Schema: shape, Raw: of("a", 5)}}, &resp)
			holds(t, resp.State.Raw, "a", c.size)
			if c.want == nil && (len(resp.Diagnostics) != 1 || resp.Diagnostics[0].Summary() != "The provider is not configured yet") {
				t.Errorf("diagnostics are %q", sayings(resp.Diagnostics))
			} else if c.want != nil {
				expect(t, resp.Diagnostics, c.want...)
			}
		})
	}
	var named datasource.MetadataResponse
	is.New().Metadata(t.Context(), datasource.MetadataRequest{ProviderTypeName: "nova"}, &named)
	if named.TypeName != "nova_storage_box" {
		t.Error(named.TypeName)
	}
}
