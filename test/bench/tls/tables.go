package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

type starter = func(program) (*target, error)

// atRest prints how soon a program is ready, and what it takes once it is.
func atRest(ctx context.Context, o options, start starter, table *tabwriter.Writer) error {
	fmt.Fprintln(table, "AT REST\tready\tRSS\tpeak")
	for _, p := range o.programs {
		t, err := start(p)
		if err != nil {
			return err
		}
		sleep(ctx, 5*time.Second)
		rss, errRSS := t.memory("VmRSS")
		peak, errPeak := t.memory("VmHWM")
		if err := keep(keep(errRSS, errPeak), t.stop()); err != nil {
			return err
		}
		fmt.Fprintf(table, "%s\t%d ms\t%.0f MiB\t%.0f MiB\n", p.name, t.ready.Milliseconds(), rss, peak)
	}
	return ctx.Err()
}

// perReview prints the CPU time of a review, the median of rounds that alternate
// between the programs.
func perReview(ctx context.Context, o options, start starter, table *tabwriter.Writer) error {
	const connections = 4
	used := make([][]time.Duration, len(o.programs))
	targets := make([]*target, len(o.programs))
	for i, p := range o.programs {
		t, err := start(p)
		if err != nil {
			return err
		}
		defer func() { _ = t.stop() }()
		targets[i] = t
	}
	body := injectedPod()
	for range o.rounds + 1 {
		for i, t := range targets {
			l := newLoad(t, o.patience, connections)
			before, err := t.cpu()
			if err != nil {
				return err
			}
			l.inTurn(ctx, body, o.reviews, connections)
			after, err := t.cpu()
			if err != nil {
				return err
			}
			l.close()
			if l.lost+l.failed > 0 {
				return fmt.Errorf("%s: %d reviews were lost and %d failed", t.name, l.lost, l.failed)
			}
			used[i] = append(used[i], (after-before)/time.Duration(o.reviews))
		}
	}
	fmt.Fprintf(table, "A REVIEW OF %d KB\tCPU, median\tlowest\thighest\tbeside the no-op\n", len(body)>>10)
	floor := median(used[len(used)-1][1:])
	for i, p := range o.programs {
		rounds := used[i][1:] // The first warms up.
		fmt.Fprintf(table, "%s\t%d µs\t%d µs\t%d µs\t%.2f\n", p.name, median(rounds).Microseconds(), slices.Min(rounds).Microseconds(),
			slices.Max(rounds).Microseconds(), float64(median(rounds))/float64(floor))
	}
	return ctx.Err()
}

// offered prints what becomes of more reviews than one processor can answer.
func offered(ctx context.Context, o options, start starter, table *tabwriter.Writer) error {
	fmt.Fprintf(table, "%d A SECOND OFFERED\tanswered a second\tp50\tp99\tgiven up\trefused\tpeak RSS\n", o.rate)
	for _, p := range o.programs {
		t, err := start(p)
		if err != nil {
			return err
		}
		l := newLoad(t, o.patience, o.connections)
		begin := time.Now()
		l.offer(ctx, injectedPod(), o.rate, time.Duration(o.seconds)*time.Second)
		took := time.Since(begin)
		l.close()
		peak, err := t.memory("VmHWM")
		if err := keep(err, t.stop()); err != nil {
			return err
		}
		fmt.Fprintf(table, "%s\t%.0f\t%d ms\t%d ms\t%d\t%d\t%.0f MiB\n", p.name, float64(len(l.took))/took.Seconds(),
			l.percentile(0.5).Milliseconds(), l.percentile(0.99).Milliseconds(), l.lost, l.failed, peak)
	}
	return ctx.Err()
}

// beside prints what becomes of 200 ordinary reviews a second while four hostile
// ones of 7 MiB are under way at any time.
func beside(ctx context.Context, o options, start starter, table *tabwriter.Writer) error {
	fmt.Fprintln(table, "BESIDE 4 x 7 MiB\tp50\tp99\tmax\tgiven up\trefused\thostile answered\tpeak RSS")
	for _, p := range o.programs {
		t, err := start(p)
		if err != nil {
			return err
		}
		l, hostile := newLoad(t, o.patience, o.connections), newLoad(t, o.patience, o.connections)
		during, stop := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() {
			defer close(done)
			for during.Err() == nil {
				hostile.inTurn(during, hostilePod(), 4, 4)
			}
		}()
		l.offer(ctx, injectedPod(), 200, time.Duration(o.seconds)*time.Second)
		stop()
		<-done
		peak, err := t.memory("VmHWM")
		if err := keep(err, t.stop()); err != nil {
			return err
		}
		fmt.Fprintf(table, "%s\t%d ms\t%d ms\t%d ms\t%d\t%d\t%d\t%.0f MiB\n", p.name, l.percentile(0.5).Milliseconds(), l.percentile(0.99).Milliseconds(),
			l.percentile(1).Milliseconds(), l.lost, l.failed, len(hostile.took), peak)
	}
	return ctx.Err()
}

func median(rounds []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(rounds))
	return sorted[len(sorted)/2]
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// injectedPod returns the review of a Pod of 26 KB with Istio's sidecar and 420
// variables in the container of its author.
func injectedPod() []byte {
	var env []string
	for i := range 420 {
		env = append(env, fmt.Sprintf(`{"name":"FEATURE_%03d","value":"https://%03d.shop.example"}`, i, i))
	}
	proxy := `{"name":"istio-proxy","image":"docker.io/istio/proxyv2:1.31.0","args":["proxy","sidecar","--domain","$(POD_NAMESPACE).svc.cluster.local"],"env":[{"name":"PILOT_CERT_PROVIDER","value":"istiod"},{"name":"CA_ADDR","value":"istiod.istio-system.svc:15012"}],"resources":{"limits":{"cpu":"2","memory":"1Gi"}}}`
	app := `{"name":"app","image":"shop.example/app:1","env":[` + strings.Join(env, ",") + `],"resources":{}}`
	object := `{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web","namespace":"shop","labels":{"app":"web"},"annotations":{"sidecar.istio.io/status":"{\"revision\":\"default\"}"}},` +
		`"spec":{"initContainers":[{"name":"istio-init","args":["istio-iptables","-p","15001","-i","*"]}],"containers":[` + app + `,` + proxy + `]},"status":{}}`
	return review(object)
}

// hostilePod returns a review of 7 MiB with as many containers as fit.
func hostilePod() []byte {
	return review(`{"metadata":{"name":"web"},"spec":{"containers":[` + strings.Repeat("{},", (7<<20-2000)/3) + `{}]}}`)
}

func review(object string) []byte {
	return []byte(`{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"ef103ed0-1667-4c18-8e75-81a5dc861e80",` +
		`"kind":{"group":"","version":"v1","kind":"Pod"},"resource":{"group":"","version":"v1","resource":"pods"},"name":"web","namespace":"shop",` +
		`"operation":"CREATE","userInfo":{"username":"system:serviceaccount:kube-system:replicaset-controller"},"object":` + object + `,"oldObject":null,"dryRun":false}}`)
}
