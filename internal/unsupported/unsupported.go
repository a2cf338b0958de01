// SPDX-License-Identifier: MPL-2.0

// Package unsupported declares the resources and data sources of OpenStack that this version does not implement. Their schemas are
// complete, so that a module that contains them validates, and works if it makes none of them (count = 0). A plan that would make one
// fails with an error that tells what to use instead.
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
	name      string // the type without the provider's prefix
	what      string // for a sentence: "a quota"
	about     string // the first sentence of its page
	because   reason
	limits    limits
	arguments []argument
}

// reason tells why a noun is unsupported.
type reason struct {
	why     string // follows the noun: "needs …"
	instead string // what to use instead
}

// limits are the operations that the noun's timeouts block has.
type limits struct{ create, update, delete bool }

// client is the client of these nouns. They need none, because they make no calls.
type client = any

type request = *crud.Request[client, types.Object]

// refusal returns the error of every plan, read and import of the noun.
func (n noun) refusal() error {
	return fmt.Errorf("%s %s. %s", n.what, n.because.why, n.because.instead)
}

// describe returns the description that opens the noun's page.
func (n noun) describe() string {
	return fmt.Sprintf("%s Not in this version: it %s. The arguments are here so that modules validate, and work with `count = 0`; "+
		"a plan with one is refused. %s.",
		n.about, n.because.why, n.because.instead)
}

// resource returns a resource of which every operation fails. No state of this version holds one; one that another version wrote is left
// alone, because its object may exist.
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

// Resources returns the unsupported resources.
func Resources() (out []func() resource.Resource) {
	for _, family := range [][]noun{compute, networking, blockstorage, images} {
		for _, n := range family {
			out = append(out, n.resource)
		}
	}
	return out
}

// DataSources returns the unsupported data sources, and those of quotas, which all answer -1.
func DataSources() (out []func() datasource.DataSource) {
	for _, family := range [][]noun{networkingData} {
		for _, n := range family {
			out = append(out, n.dataSource)
		}
	}
	for _, n := range unlimited {
		out = append(out, n.quota)
	}
	return out
}
