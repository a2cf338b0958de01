// terraform-provider-novasphere gives vSphere the vocabulary of OpenStack.
package main

import (
	"context"
	"flag"
	"log"
	"time"

	framework "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/provider"
)

// version is set by the release build.
var version = "dev"

// goodbye is how long the logout may take: Terraform kills a provider two seconds after it asked it to stop.
const goodbye = 1500 * time.Millisecond

func main() {
	debug := flag.Bool("debug", false, "wait for a debugger to attach")
	flag.Parse()
	served := provider.New(version)
	err := providerserver.Serve(context.Background(), func() framework.Provider { return served }, providerserver.ServeOpts{
		Address: "registry.terraform.io/terraform-provider-novasphere/novasphere", Debug: *debug, ProtocolVersion: 6,
	})
	ctx, stop := context.WithTimeout(context.Background(), goodbye)
	defer stop()
	if failed := served.Close(ctx); failed != nil {
		log.Printf("[WARN] logging out: %s", failed)
	}
	if err != nil {
		log.Fatal(err)
	}
}
