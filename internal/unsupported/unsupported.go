// Package unsupported declares the resources and data sources of OpenStack that this version cannot have. Their schemas are complete, so
// that a module with them validates, and works where it makes none of them (count = 0). A plan that would make one is refused, with what to
// do instead.
package unsupported

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
)

// noun is an unsupported resource or data source: a row of the table.
type noun struct {
	name      string // of the type, without the provider's prefix
	what      string // it is, in a sentence
	about     string // it would be, as the first sentence of its page
	because   reason
	limits    limits
	arguments []argument
}

// reason is why a noun is unsupported.
type reason struct {
	why     string // after the noun: "needs …"
	instead string // what comes nearest to it
}

// limits are the operations that a timeouts block may limit.
type limits struct{ create, update, delete bool }

// client is what these nouns work with, which is nothing: no vCenter is asked.
type client = any

type request = *crud.Request[client, types.Object]

// refusal is the error of every plan, read and import of the noun.
func (n noun) refusal() error {
	return fmt.Errorf("%s %s. %s", n.what, n.because.why, n.because.instead)
}

// describe opens the noun's page.
func (n noun) describe() string {
	return fmt.Sprintf("%s Not in this version: it %s. The arguments are here so that modules validate, and work with `count = 0`; "+
		"a plan with one is refused. %s.",
		n.about, n.because.why, n.because.instead)
}

// resource refuses every verb of the noun. No state has one of this version's; one that another version has written is left alone, because
// its object may exist.
func (n noun) resource() resource.Resource {
	refuse := func(context.Context, request) error { return n.refusal() }
	none := func(context.Context, request) (*types.Object, error) { return nil, n.refusal() }
	return crud.Resource[client, types.Object]{
		Name: n.name, Schema: n.resourceSchema,
		Plan: refuse, PlanUnconfigured: refuse, Create: none, Read: none, Update: none, Delete: refuse, Import: none,
	}.New()
}

func (n noun) dataSource() datasource.DataSource {
	return crud.DataSource[client, types.Object]{Name: n.name, Schema: n.dataSchema,
		Read: func(_ context.Context, _ client, m types.Object) (types.Object, error) { return m, n.refusal() }}.New()
}

// Resources lists the unsupported resources.
func Resources() (out []func() resource.Resource) {
	for _, family := range [][]noun{compute, networking, blockstorage, images} {
		for _, n := range family {
			out = append(out, n.resource)
		}
	}
	return out
}

// DataSources lists the unsupported data sources, and those of quotas, which have one answer only.
func DataSources() (out []func() datasource.DataSource) {
	for _, family := range [][]noun{networkingData, blockstorageData} {
		for _, n := range family {
			out = append(out, n.dataSource)
		}
	}
	for _, n := range unlimited {
		out = append(out, n.quota)
	}
	return out
}
