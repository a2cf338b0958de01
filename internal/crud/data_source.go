// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud/region"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// DataSource describes a data source. M is its model, a struct with tfsdk tags; C is the client.
type DataSource[C any, M any] struct {
	Name   string // without the provider's prefix: "compute_flavor"
	Schema func(ctx context.Context) schema.Schema
	Read   func(ctx context.Context, client C, config M) (M, error)

	Validators []datasource.ConfigValidator // optional
}

// New returns the data source in the framework's form.
func (d DataSource[C, M]) New() datasource.DataSource { return &boundData[C, M]{is: d} }

type boundData[C any, M any] struct {
	is   DataSource[C, M]
	data any // what the provider configured, nil before
}

var (
	_ datasource.DataSourceWithConfigure        = &boundData[int, struct{}]{}
	_ datasource.DataSourceWithConfigValidators = &boundData[int, struct{}]{}
)

// Metadata sets the name of the data source.
func (b *boundData[C, M]) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + b.is.Name
}

// Schema returns the data source's schema.
func (b *boundData[C, M]) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = b.is.Schema(ctx)
}

// ConfigValidators returns the validators of the whole block.
func (b *boundData[C, M]) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return b.is.Validators
}

// Configure takes the clients to choose from, which are absent while the provider's configuration is unknown.
func (b *boundData[C, M]) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	b.data = req.ProviderData
}

// Read looks the object up.
func (b *boundData[C, M]) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config M
	resp.Diagnostics.Append(Get(ctx, tfsdk.State(req.Config), &config)...)
	data, err := region.In(b.data, req.Config.Raw)
	client, configured := Pick[C](data)
	home, _ := Pick[Home](data)
	title := "Cannot read " + strings.ReplaceAll(b.is.Name, "_", " ") + region.Clause(home)
	if Report(&resp.Diagnostics, title, err); err == nil && !configured {
		Unconfigured(&resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, flush := WithWarnings(ctx, &resp.Diagnostics)
	found, err := b.is.Read(ctx, client, config)
	flush()
	if errors.Is(err, openstack.ErrNotFound) {
		err = &missing{err}
	}
	Report(&resp.Diagnostics, title, err)
	if err == nil {
		resp.Diagnostics.Append(Set(ctx, &resp.State, found)...)
		region.Found(b.data, data, resp.State.Raw)
	}
}

// missing adds advice to a not-found error: what to write where the same configuration makes the object. Terraform reads a data source at
// plan, and no data source can answer that a value will be known later.
type missing struct{ err error }

// Error returns the cause and the advice.
func (m *missing) Error() string {
	return m.err.Error() + elsewhere
}

const elsewhere = ". If a resource of this same configuration makes it, use that resource's attributes in the place of this data " +
	"source, or write depends_on = [<the resource's address>] here, so that it is read after the resource is made"

// Unwrap returns the cause.
func (m *missing) Unwrap() error { return m.err }
