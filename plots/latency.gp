# latency.gp - latency percentiles of one workload by contender, on a logarithmic axis.
#
#   gnuplot -c plots/latency.gp results/x/summary.csv out.svg [WORKLOAD [PARAMS [PIN]]]
#
# OUT ends in .svg or .png. Draws the metrics latency_p50, latency_p90, latency_p99 and latency_p999, those that are
# there, each contender on its most threads. Without a workload the first one that has them is drawn; without parameters
# its last ones. Bars are the 95 % intervals of the medians over processes.

if (ARGC < 2) { print "usage: gnuplot -c latency.gp SUMMARY.CSV OUT.svg|OUT.png [WORKLOAD [PARAMS [PIN]]]"; exit status 64 }
CSV = ARG1; OUT = ARG2; W = ARG3; P = ARG4; PIN = ARG5; GIVEN = ARGC
HERE = ARG0[1:strlen(ARG0) - strlen("latency.gp")]
load HERE."common.gp"

set table $unused
if (GIVEN < 3) { plot CSV using (take_workload("", "latency_p50")) with table; W = first_workload }
if (GIVEN < 4) { plot CSV using (take_params(W)) with table; P = last_params }
if (GIVEN < 5) { plot CSV using (take_params(W)) with table; PIN = last_pin }
unset table

METRICS = "latency_p50 latency_p90 latency_p99 latency_p999"
NAMES = "p50 p90 p99 p99.9"
array threads_of[100]
contenders = ""; present = ""; unit = "s"
ours(unused) = strcol("workload") eq W && strcol("params") eq P && strcol("pin") eq PIN && strcol("median") ne "" && \
    has(METRICS, strcol("metric")) && column("median") > 0
most(i) = column("threads") > threads_of[i] ? (threads_of[i] = column("threads")) : 0
learn(c) = (contenders = with_word(contenders, c), present = with_word(present, strcol("metric")), \
    unit = strcol("unit"), most(index_in(contenders, c)), least = least < low(column("median")) ? least : \
    low(column("median")), top = top > high(column("median")) ? top : high(column("median")))
least = 1e300; top = 0
do for [i = 1:100] { threads_of[i] = 0 }
set table $unused
plot CSV using (ours(0) ? learn(strcol("contender")) : 0) with table
unset table
if (words(present) == 0) { print "latency.gp: no latencies for ".W." ".P; exit status 1 }

columns = ""
do for [i = 1:words(METRICS)] { if (has(present, word(METRICS, i))) { columns = with_word(columns, word(METRICS, i)) } }
n = words(contenders)
dodge(i) = n == 1 ? 0 : (i - (n + 1) / 2.0) * (0.36 / n)
factor = unit_factor(unit)
counts = ""
do for [i = 1:n] { counts = with_word(counts, sprintf("%d", threads_of[i])) }
threads_text(t) = sprintf(t == 1 ? "%d thread" : "%d threads", t)

WIDTH = 720
HEIGHT = 440
load HERE."canvas.gp"
set title shortened(W."   ".P, 66).(words(counts) == 1 ? "   ".threads_text(threads_of[1]) : "") noenhanced
set xlabel "percentile of the operations"
set ylabel "latency, lower is better"
set logscale y 10
set format y "%.0s %c".unit_base(unit)
set mytics 10
set yrange [10 ** floor(log10(least * factor)) : 10 ** ceil(log10(top * factor))]
set grid ytics mytics lc rgb "#dddddd" lw 0.7, lc rgb "#eeeeee" lw 0.5
set xrange [0.6 : words(columns) + 0.4]
set xtics ()
do for [k = 1:words(columns)] { set xtics add (word(NAMES, index_in(METRICS, word(columns, k))) k) }
set key outside right top vertical Left reverse samplen 2.2 spacing 1.3

series_title(i) = shortened(word(contenders, i), 24).(words(counts) > 1 ? sprintf(", %d thr.", threads_of[i]) : "")
column_of(i) = index_in(columns, strcol("metric"))
belongs(i) = ours(0) && strcol("contender") eq word(contenders, i) && column("threads") == threads_of[i]
set table $points separator comma
plot for [i = 1:n] CSV using (column_of(i) + dodge(i)):(column("median") * factor):(low(column("median")) * factor): \
    (high(column("median")) * factor):(i) with table if (belongs(i))
unset table
unset datafile columnheaders
plot for [i = 1:n] $points using ($5 == i ? $1 : NaN):2:3:4 with yerrorlines lw 1.6 pt point(word(contenders, i)) ps 0.9 \
    lc rgb colour(word(contenders, i)) title series_title(i)
