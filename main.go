// terraform-provider-novasphere gives vSphere the vocabulary of OpenStack.
package main

import (
	"context"
	"flag"
	"log"
	"time"

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
	tuneCollector()
	if !*debug { // a debugger's user reads everything
		quietLogs()
	}
	err := providerserver.Serve(context.Background(), provider.New(version), providerserver.ServeOpts{
		Address: "registry.terraform.io/terraform-provider-novasphere/novasphere", Debug: *debug, ProtocolVersion: 6,
	})
	ctx, stop := context.WithTimeout(context.Background(), goodbye)
	defer stop()
	if failed := provider.Close(ctx); failed != nil {
		log.Printf("[WARN] logging out: %s", failed)
	}
	if err != nil {
		log.Fatal(err)
	}
}
