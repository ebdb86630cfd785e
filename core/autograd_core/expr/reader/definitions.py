"""What mathematics, R and libraries of statistics have a word for, in functions of the language."""

from __future__ import annotations

import re

_DEFINED = """
ifelse|iif|If|IF|piecewise|Piecewise(test, a, b) = where(test, a, b)
piecewise|Piecewise(a)             = a
frac|Rational(a, b)                = a./b
nthroot|nroot|surd|Surd(a, b)      = \\sqrt[b]{a}
sigmoid_cross_entropy_with_logits(labels, logits) = softplus(logits) - labels.*logits
softmax_cross_entropy_with_logits(labels, logits) = -sum(labels.*log_softmax(logits, axis=-1), axis=-1)
squared_difference|squared_error(a, b) = (a - b).^2
mean_squared_error|mse|MSE(a, b)   = mean((a - b).^2)
mean_absolute_error|mae|MAE(a, b)  = mean(abs(a - b))
l2_loss(a)                         = sum(a.^2)/2
l2_loss(predictions, targets)      = (predictions - targets).^2/2
clip_by_value(a, clip_value_min, clip_value_max) = clip(a, clip_value_min, clip_value_max)
dist(a, b)                         = norm(a - b)
dist(a, b, p)                      = norm(a - b, p)
sd|stdev|stdev_s(a)                           = std(a, ddof=1)
var_s(a)                           = var(a, ddof=1)
sign_of_det(a)                     = sign(det(a))
svd_vh(a)                          = svd_v(a)'
moments_mean(a, axes|axis)         = mean(a, axis=axes)
moments_var(a, axes|axis)          = var(a, axis=axes)
cholesky_solve(b, a)               = solve(a*a', b)
rbf_kernel(a, b, gamma)            = exp(-gamma.*cdist(a, b).^2)
categorical_crossentropy(a, b)     = -sum(a.*log(b./sum(b, axis=-1, keepdims=True)), axis=-1)
binary_crossentropy(a, b)          = -mean(a.*log(b) + (1 - a).*log(1 - b), axis=-1)
softmax_cross_entropy(logits, labels) = -sum(labels.*log_softmax(logits, axis=-1), axis=-1)
softmax_cross_entropy_with_integer_labels(logits, labels) = cross_entropy(logits, labels, reduction='none')
sparse_softmax_cross_entropy_with_logits(labels, logits) = cross_entropy(logits, labels, reduction='none')
sigmoid_binary_cross_entropy(logits, labels) = softplus(logits) - labels.*logits
bias_add(a, b)                     = a + b
sumxmy2(a, b)                      = sum((a - b).^2)
sumx2my2(a, b)                     = sum(a.^2 - b.^2)
sumx2py2(a, b)                     = sum(a.^2 + b.^2)
repmat(a, m, n)                    = tile(a, (m, n))
sumproduct(a)                      = sum(a)
sumproduct(a, b, c)                = sum(a.*b.*c)
mmult|matvec(a, b)                 = a*b
np_std(a)                          = std(a, ddof=0)
jax_gelu(a)                        = gelu(a, approximate='tanh')
np_var(a)                          = var(a, ddof=0)
rowSums(a)                         = sum(a, axis=1)
colSums(a)                         = sum(a, axis=0)
rowMeans(a)                        = mean(a, axis=1)
colMeans(a)                        = mean(a, axis=0)
margin_ranking_loss(input1, input2, target, margin=0) = mean(clip(-(target.*(input1 - input2) - margin), 0))
solve(a)                           = inv(a)
masked_fill(a, mask, value)        = where(mask, value, a)
logical_and(a, b)                  = (a != 0).*(b != 0)
logical_or(a, b)                   = maximum(a != 0, b != 0)
logical_not(a)                     = a == 0
logical_xor(a, b)                  = (a != 0) != (b != 0)
log_loss(a, b)                     = -mean(a.*log(b) + (1 - a).*log(1 - b))
r2_score(a, b)                     = 1 - sum((a - b).^2)/sum((a - mean(a)).^2)
root_mean_squared_error|rmse|RMSE(a, b) = sqrt(mean((a - b).^2))
dot(a, b, c)                       = a'*b*c
heaviside|HeavisideTheta(a)                      = heaviside(a, 1/2)
crossprod(a)                       = a'*a
crossprod(a, b)                    = a'*b
KL|DKL|D_KL(p, q)                  = sum(p.*log(p./q))
cross_entropy_of(p, q)             = -sum(p.*log(q))
entropy|shannon_entropy(p)         = -sum(p.*log(p))
cos_sim(a, b)                      = a'*b/(norm(a)*norm(b))
cor|corr(a, b)                     = cos_sim(a - mean(a), b - mean(b))
Beta(a, b)                         = exp(lbeta(a, b))
lbeta|betaln(a, b)                 = lgamma(a) + lgamma(b) - lgamma(a + b)
csch(a)                            = 1./sinh(a)
coth(a)                            = 1./tanh(a)
arcsec(a)                          = arccos(1./a)
arccsc(a)                          = arcsin(1./a)
arccot(a)                          = arctan(1./a)
sec(a)                             = 1./cos(a)
csc(a)                             = 1./sin(a)
cot(a)                             = 1./tan(a)
factorial(a)                       = gamma(a + 1)
ndtr(a)                            = erfc(-sqrt(0.5)*a)/2
norm1(a)                           = sum(abs(a))
cube(a)                            = a.^3
abs2(a)                            = a.^2
sumsq(a)                           = sum(a.^2)
sumproduct(a, b)                   = sum(a.*b)
adj(a)                             = det(a)*inv(a)
lambda_max|λ_max|largest_eigenvalue(a) = max(eigvalsh(a))
lambda_min|λ_min|smallest_eigenvalue(a) = min(eigvalsh(a))
sigma_max|σ_max|spectral_norm|largest_singular_value(a) = max(svdvals(a))
sigma_min|σ_min|smallest_singular_value(a) = min(svdvals(a))
nuclear_norm|trace_norm(a)         = sum(svdvals(a))
binom(a, b)                        = gamma(a + 1)./(gamma(b + 1).*gamma(a - b + 1))
pnorm|normcdf(q, mean|loc=0, sd|scale=1) = ndtr((q - mean)./sd)
pexp(q, rate=1)                    = 1 - exp(-rate.*q)
plogis(q, location|loc=0, scale=1) = sigmoid((q - location)./scale)
qlogis(p)                          = log(p./(1 - p))
hnorm(mean|loc=0, sd|scale=1)      = log(sd) + log(2*pi)/2 + 1/2 + 0*mean
hbern(prob|p|probs)                = -prob.*log(prob) - (1 - prob).*log(1 - prob)
hbern_logits(logits)               = softplus(logits) - logits.*sigmoid(logits)
hcat(prob|p|probs)                 = hcat_logits(log(prob))
hcat_logits(logits)                = -sum(softmax(logits).*log_softmax(logits), axis=-1)
klnorm(a, b, c, d)                 = log(d./b) + (b.^2 + (a - c).^2)./d.^2/2 - 1/2
soft_margin_loss(input, target)    = mean(log(1 + exp(-target.*input)))
"""

_LOG_DENSITIES = """
dnorm|normpdf(x, mean|loc=0, sd|scale=1) = -((x - mean)./sd).^2/2 - log(sd) - log(2*pi)/2
dN(x, mean, variance)               = -(x - mean).^2./variance/2 - log(2*pi*variance)/2
dmvnorm(x, mean|loc, sigma|cov|covariance_matrix) = -(x - mean)'*inv(sigma)*(x - mean)/2 - log(det(2*pi*sigma))/2
dlnorm(x, meanlog=0, sdlog=1)       = -((log(x) - meanlog)./sdlog).^2/2 - log(x) - log(sdlog) - log(2*pi)/2
dlogis(x, location|loc=0, scale=1)  = -(x - location)./scale - log(scale) - 2*log(1 + exp(-(x - location)./scale))
dcauchy(x, location|loc=0, scale=1) = -log(pi) - log(scale) - log(1 + ((x - location)./scale).^2)
dexp(x, rate=1)   = -rate.*x + log(rate)
dgamma(x, shape|a|concentration, rate=1) = (shape - 1).*log(x) - rate.*x - lgamma(shape) + shape.*log(rate)
dweibull(x, shape, scale=1) = log(shape./scale) + (shape - 1).*log(x./scale) - (x./scale).^shape
dchisq(x, df)     = (df/2 - 1).*log(x) - x/2 - df/2*log(2) - lgamma(df/2)
dbeta(x, shape1|a|concentration1, shape2|b|concentration0) = lgamma(shape1 + shape2) - lgamma(shape1) - lgamma(shape2) \
+ (shape1 - 1).*log(x) + (shape2 - 1).*log(1 - x)
dpois(x, lambda|mu|rate) = x.*log(lambda) - lambda - lgamma(x + 1)
dgeom(x, prob|p|probs)  = log(prob) + x.*log(1 - prob)
dbern(x, prob|p|probs)  = x.*log(prob) + (1 - x).*log(1 - prob)
dbern_logits(x, logits) = x.*logits - softplus(logits)
dcat(x, prob|p|probs)   = -cross_entropy(log(prob), x, reduction='none')
dcat_logits(x, logits)  = -cross_entropy(logits, x, reduction='none')
dbinom(x, size|n|total_count, prob|p|probs) = lgamma(size + 1) - lgamma(x + 1) - lgamma(size - x + 1) + x.*log(prob) \
+ (size - x).*log(1 - prob)
"""


def spellings_of(table: str) -> dict[str, str]:
    """What each word of a table stands for: the first of its line."""
    lines = [line.split() for line in table.strip().splitlines()]
    return {word: line[0] for line in lines for word in line[1:]}


def definitions(table: str) -> dict[str, list[tuple[str, str]]]:
    """For each word of a table the arguments that it takes, and what it stands for."""
    found: dict[str, list[tuple[str, str]]] = {}
    for spelt, arguments, meaning in re.findall(r"^([\w|]+)\((.*?)\)\s*= (.*)$", table, re.MULTILINE):
        for name in spelt.split("|"):
            found.setdefault(name, []).append((arguments, meaning))
    return found


DENSITIES = definitions(_LOG_DENSITIES)
"""The logarithms of densities of probability by their names in R, with the arguments and their values."""

DEFINED = definitions(_DEFINED) | DENSITIES
"""What mathematics or R has a word for, in functions of the language."""

DISTRIBUTIONS = spellings_of("""
norm     norm Normal
N        N
mvnorm   multivariate_normal MultivariateNormal
lnorm    LogNormal
logis    logistic
cauchy   cauchy Cauchy
exp      Exponential
gamma    Gamma
beta     beta Beta
chisq    chi2 Chi2
geom     Geometric
pois     poisson Poisson Pois
binom    binom Binomial Bin
bern     bernoulli Bernoulli
cat      Categorical
""")
"""Distributions of SciPy and PyTorch by their names in R."""
