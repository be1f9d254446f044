# overview.gp - the run at a glance: up to three panels, compute speed-up, FIFO and allocation figures, by contender.
#
#   gnuplot -c plots/overview.gp results/x/summary.csv out.svg
#
# OUT ends in .svg or .png. Each workload is drawn with its last parameters, each contender on its most threads. A panel
# holds the workloads whose unit is that of its first. Thin bars are the 95 % intervals of the medians.

if (ARGC < 2) { print "usage: gnuplot -c overview.gp SUMMARY.CSV OUT.svg|OUT.png"; exit status 64 }
CSV = ARG1; OUT = ARG2
HERE = ARG0[1:strlen(ARG0) - strlen("overview.gp")]
load HERE."common.gp"

# What is drawn: one entry for each family, workload and contender that has a figure.
MOST = 300
array family[MOST]; array workload[MOST]; array contender[MOST]; array count[MOST]
array mid[MOST]; array from[MOST]; array to[MOST]; array unit[MOST]; array metric[MOST]; array better[MOST]; array params[MOST]
array final[MOST] # the last parameters of each of the workloads
workloads = ""
n = 0
at(w, c) = n == 0 ? 0 : sum [i = 1:n] (workload[i] eq w && contender[i] eq c ? i : 0)
fill(i) = (family[i] = strcol("family"), workload[i] = strcol("workload"), contender[i] = strcol("contender"), \
    count[i] = column("threads"), mid[i] = column("median"), from[i] = low(mid[i]), to[i] = high(mid[i]), \
    unit[i] = strcol("unit"), metric[i] = strcol("metric"), better[i] = strcol("better"), params[i] = strcol("params"), \
    workloads = with_word(workloads, workload[i]), final[index_in(workloads, workload[i])] = params[i], 0)
# Rows come by workload, parameters and threads: a later one of the same contender has more threads or later parameters.
meet_row(i) = fill(i > 0 ? i : (n = n + 1))
set table $unused
plot CSV using (primary(0) && strcol("median") ne "" && n < MOST ? \
    meet_row(at(strcol("workload"), strcol("contender"))) : 0) with table
unset table
if (n == 0) { print "overview.gp: no figures in ".CSV; exit status 1 }

# A contender whose last parameters are not the workload's last ones would be compared with other work: it is left out.
last_of(w) = final[index_in(workloads, w)]
array fits[MOST]
do for [i = 1:n] { fits[i] = params[i] eq last_of(workload[i]) }

families = ""
do for [i = 1:n] { if (has("compute fifo alloc", family[i])) { families = with_word(families, family[i]) } }
order = ""
do for [k = 1:3] { f = word("compute fifo alloc", k); if (has(families, f)) { order = with_word(order, f) } }
panels = words(order)
if (panels == 0) { print "overview.gp: no compute, fifo or alloc workload in ".CSV; exit status 1 }

# The workloads and contenders of a family, in the unit of its first.
unit_of = ""; metric_of = ""; better_of = ""
list_w = ""; list_c = ""
serial_of(w) = (k_ = at(w, "serial")) > 0 && fits[k_] ? mid[k_] : NaN
best_of(w) = best_from(w, 1, NaN)
best_from(w, i, b) = i > n ? b : best_from(w, i + 1, workload[i] eq w && fits[i] && \
    (b != b || (better[i] eq "higher" ? mid[i] > b : mid[i] < b)) ? mid[i] : b)
shown(f, i) = family[i] eq f && fits[i] && unit[i] eq unit_of

WIDTH = panels == 1 ? 620 : panels == 2 ? 1000 : 1320
HEIGHT = 460
load HERE."canvas.gp"
set multiplot layout 1, panels margins 0.16 / panels, 0.985, 0.16, 0.76 spacing 0.22 / panels, 0
unset grid
set grid y
set ytics scale 0.6
set xtics scale 0

do for [panel = 1:panels] {
    f = word(order, panel)
    unit_of = ""; list_w = ""; list_c = ""; largest = 0; reference = 1
    do for [i = 1:n] {
        if (family[i] eq f && fits[i] && unit_of eq "") { unit_of = unit[i]; metric_of = metric[i]; better_of = better[i] }
        if (shown(f, i)) { list_w = with_word(list_w, workload[i]); list_c = with_word(list_c, contender[i]) }
    }
    relative = f eq "compute"
    with_serial = relative
    do for [k = 1:words(list_w)] { if (serial_of(word(list_w, k)) != serial_of(word(list_w, k))) { with_serial = 0 } }
    against(w) = with_serial ? serial_of(w) : best_of(w)
    ratio(v, i) = better[i] eq "higher" ? v / against(workload[i]) : against(workload[i]) / v
    base = unit_base(unit_of)
    do for [i = 1:n] { if (shown(f, i) && to[i] > largest) { largest = to[i] } }
    e = clamp(exponent(largest * unit_factor(unit_of), base), base)
    scale = unit_factor(unit_of) / 10.0 ** e
    drawn(v, i) = relative ? ratio(v, i) : v * scale
    peak = 0
    do for [i = 1:n] {
        if (shown(f, i)) {
            if (drawn(to[i], i) > peak) { peak = drawn(to[i], i) }
            if (drawn(from[i], i) > peak) { peak = drawn(from[i], i) }
        }
    }
    bars = words(list_c)
    width = bars > 2 ? 0.82 / bars : 0.28
    slot(i) = index_in(list_w, workload[i]) + (index_in(list_c, contender[i]) - (bars + 1) / 2.0) * width
    most_threads = 0
    do for [i = 1:n] { if (shown(f, i) && count[i] > most_threads) { most_threads = count[i] } }
    set title word("Compute FIFO Allocation", index_in("compute fifo alloc", f)).\
        sprintf(most_threads == 1 ? ", %d thread" : ", %d threads", most_threads) offset 0, 3.4
    set xrange [0.45 : words(list_w) + 0.55]
    set yrange [0 : peak * 1.06]
    set xtics ()
    do for [k = 1:words(list_w)] {
        text = word(list_w, k)
        with_params = words(list_w) <= 4 && strlen(last_of(text)) <= 12 ? "\n".last_of(text) : ""
        set xtics add (shortened(text, words(list_w) > 3 ? 10 : 16).with_params k)
    }
    set ylabel (relative ? (with_serial ? "speed-up over serial" : "speed against the best") : \
        spaced(metric_of).bracket(prefix(e).unit_name(base)).toward(better_of)) offset 0.6, 0
    set key at graph 0.5, 1.12 center center horizontal Left reverse samplen 0.9 spacing 1.1 width 1.2 maxrows 2
    plot for [c = 1:bars] 1 / 0 with boxes lc rgb colour(word(list_c, c)) title shortened(word(list_c, c), 13), \
         for [i = 1:n] "+" using (shown(f, i) ? slot(i) : NaN):(drawn(mid[i], i)):(width * 0.92) every ::0::0 \
             with boxes lc rgb colour(contender[i]) notitle, \
         for [i = 1:n] "+" using (shown(f, i) ? slot(i) : NaN):(drawn(from[i], i)):(0):(drawn(to[i], i) - drawn(from[i], i)) \
             every ::0::0 with vectors nohead lw 1.4 lc rgb "#707070" notitle
}
unset multiplot
