package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// Servers returns the provider's own server and the framework's, which is configured like the first. Neither knows what the other has
// planned.
func (p *Novasphere) Servers() (own, frameworks tfprotov6.ProviderServer) {
	ctx := context.Background()
	s := &served{Novasphere: p}
	own = crud.NewServer(ctx, "novasphere", providerserver.NewProtocol6(s)(), p, s.resourceData)
	return own, providerserver.NewProtocol6(&borrowing{s})()
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
