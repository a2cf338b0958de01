// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud/server"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// Servers returns the provider's own server and the framework's, which is configured like the first. Neither knows what the other has
// planned.
func (p *Novasphere) Servers() (own, frameworks tfprotov6.ProviderServer) {
	ctx := context.Background()
	s := &served{Novasphere: p}
	own = server.New(ctx, "novasphere", providerserver.NewProtocol6(s)(), p, s.resourceData)
	return own, providerserver.NewProtocol6(&borrowing{s})()
}

// Counting returns the provider's own server, and the number of plans that it has left to the framework's.
func (p *Novasphere) Counting() (tfprotov6.ProviderServer, *atomic.Int64) {
	ctx := context.Background()
	s := &served{Novasphere: p}
	next, _ := providerserver.NewProtocol6(s)().(whole)
	counted := &counting{whole: next}
	return server.New(ctx, "novasphere", counted, p, s.resourceData), &counted.plans
}

// whole is the complete interface of the framework's server.
type whole interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
	tfprotov6.StateStoreServer
}

type counting struct {
	whole
	plans atomic.Int64
}

// PlanResourceChange counts the plan.
func (c *counting) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse,
	error) {
	c.plans.Add(1)
	return c.whole.PlanResourceChange(ctx, req)
}

// borrowing is a provider that is configured with the settings of another one.
type borrowing struct{ *served }

// Configure makes a client like the other's last one, which is closed with it.
func (b *borrowing) Configure(_ context.Context, _ provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	b.mu.Lock()
	defer b.mu.Unlock()
	cfg := b.opened[len(b.opened)-1].client.Config
	cfg.Planned = planned.New()
	to := connection{client: vcenter.New(cfg)}
	b.opened = append(b.opened, to)
	resp.ResourceData = to.handed()
}
