package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// Servers are the provider's own server and the framework's, which is configured as the first is, and shares nothing of what that has planned.
func (p *Novasphere) Servers() (own, frameworks tfprotov6.ProviderServer) {
	ctx := context.Background()
	s := &served{Novasphere: p}
	own = crud.NewServer(ctx, "novasphere", providerserver.NewProtocol6(s)(), p, s.resourceData)
	return own, &anew{providerserver.NewProtocol6(&borrowing{s})(), p}
}

// anew plans what another server has planned already.
type anew struct {
	tfprotov6.ProviderServer
	p *Novasphere
}

// PlanResourceChange plans as if nobody had.
func (a *anew) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	a.forget()
	defer a.forget()
	return a.ProviderServer.PlanResourceChange(ctx, req)
}

func (a *anew) forget() {
	a.p.mu.Lock()
	defer a.p.mu.Unlock()
	for _, client := range a.p.clients {
		client.PlanAnew()
	}
}

// borrowing is a provider that is configured as another one.
type borrowing struct{ *served }

// Configure takes the other's configuration.
func (b *borrowing) Configure(_ context.Context, _ provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	b.mu.Lock()
	defer b.mu.Unlock()
	own := vcenter.New(b.clients[len(b.clients)-1].Config)
	b.clients = append(b.clients, own)
	resp.ResourceData = handed(own)
}
