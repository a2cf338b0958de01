// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/cloud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud/server"
)

// Server returns a server of the provider for Terraform. Each server has its own configuration.
func (p *Novasphere) Server() tfprotov6.ProviderServer {
	ctx := context.Background()
	s := &served{Novasphere: p}
	return server.Logged(server.New(ctx, "novasphere", providerserver.NewProtocol6(s)(), p, s.resourceData), p.secrets)
}

// served is a provider that keeps what it was configured with, for the calls that bypass the framework.
type served struct {
	*Novasphere
	data atomic.Pointer[any]
}

// Configure makes the client.
func (s *served) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	s.Novasphere.Configure(ctx, req, resp)
	data := resp.ResourceData
	if resp.Deferred != nil {
		data = crud.Deferred{}
	}
	s.data.Store(&data)
}

func (s *served) resourceData() any {
	if data := s.data.Load(); data != nil {
		return *data
	}
	return nil
}

// secrets returns the texts that no line of the log may contain.
func (p *Novasphere) secrets() (out []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.opened {
		out = append(append(out, c.client.Config.Password), c.hidden...)
		if from, ok := c.client.Config.Cloud.(*cloud.Client); ok {
			out = append(out, from.Secrets()...)
		}
	}
	return out
}
